// What the owner of the CAS compares its audit log with (RA-069).
#include <limits>

#include "casd/routes/handlers.hpp"
#include "sconectl/cas/audit_log.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

std::uint64_t number_parameter(const Call& call, const std::string& name, std::uint64_t otherwise) {
  const auto text = call.parameter(name);
  if (!text) return otherwise;
  const auto number = text::number<std::uint64_t>(*text);
  if (!number)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the query parameter '" + name + "' is a number from 0 on");
  return *number;
}

}  // namespace

Response read_audit_checkpoints(RequestContext& context) {
  const auto& call = context.call;
  return json_response(200, cas::encode(context.state.audit.checkpoints(
                                number_parameter(call, "min_sequence_number", 0),
                                number_parameter(call, "max_sequence_number",
                                                 std::numeric_limits<std::uint64_t>::max()))));
}

}  // namespace sconectl::casd
