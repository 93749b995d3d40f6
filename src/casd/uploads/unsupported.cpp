#include "casd/uploads/unsupported.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

void refuse_unsupported(const session::Session& session) {
  if (session.secret_store)
    throw diag::Error(diag::ErrorKind::unsupported, "not supported by this CAS",
                      {"secret_config.store_in: !akv (Azure Key Vault) is not built in"});
}

}  // namespace sconectl::casd
