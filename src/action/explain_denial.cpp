#include "sconectl/action/explain_denial.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {

cas::DenialInfo explain_denial(System& system, cas::ConfigFile& config, const std::string& id,
                               const CasOptions& options) {
  const auto given = crypto::unhex(id);
  if (!given || given->size() != cas::denial_id_bytes)
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("'{}' is no id of a denial, which has 16 hex digits: the log of "
                                  "the service that was refused has it",
                                  id));
  return connect(system, config, options).client.denial(crypto::hex(*given));
}

}  // namespace sconectl::action
