#include "casd/uploads/unsupported.hpp"

#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

bool demands_maa(const session::Session& session) {
  const auto* security = std::get_if<session::Security>(&session.security);
  if (security == nullptr) return false;
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security->attestation);
  if (attestation == nullptr) return false;
  const auto* mode = std::get_if<session::AttestationMode>(&attestation->mode);
  return mode != nullptr && *mode == session::AttestationMode::maa;
}

}  // namespace

void refuse_unsupported(const session::Session& session) {
  std::vector<std::string> faults;
  if (session.secret_store)
    faults.emplace_back("secret_config.store_in: !akv (Azure Key Vault) is not built in");
  if (demands_maa(session))
    faults.emplace_back(
        "security.attestation.mode: maa (Microsoft Azure Attestation) is not built in");
  if (!faults.empty())
    throw diag::Error(diag::ErrorKind::unsupported, "not supported by this CAS", std::move(faults));
}

}  // namespace sconectl::casd
