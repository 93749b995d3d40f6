// The security section of a session (SL-286 to SL-313).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/session/confidential_vm.hpp"
#include "sconectl/session/setting.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::session {

enum class AttestationMode { hardware, none, maa };
[[nodiscard]] constexpr auto words_of(AttestationMode) {
  return text::words<AttestationMode::maa>("hardware", "none", "maa");
}
enum class Tolerance {
  debug_mode,
  hyperthreading,
  insecure_igpu,
  software_hardening_needed,
  aepic_leak,
  insecure_configuration,
  outdated_tcb,
  maa_managed_tcb,
  local_attestation_trust_cas_tcb,
};
[[nodiscard]] constexpr auto words_of(Tolerance) {
  return text::words<Tolerance::local_attestation_trust_cas_tcb>(
      "debug-mode", "hyperthreading", "insecure-igpu", "software-hardening-needed", "aepic-leak",
      "insecure-configuration", "outdated-tcb", "maa-managed-tcb",
      "local-attestation-trust-cas-tcb");
}

/// A shorter service access token could be found out by somebody who has seen one proof of it.
inline constexpr std::size_t shortest_access_token = 12;

struct SecurityAttestation {
  Setting<AttestationMode> mode = AttestationMode::hardware;
  std::vector<Setting<Tolerance>> tolerate{};
  std::vector<std::string> ignore_advisories{};  ///< "INTEL-SA-nnnnn", "*", or placeholders' texts
  std::vector<std::string> trusted_scone_qe_pubkeys{};
  std::optional<std::string> one_time_password_shared_secret{};  ///< base32 or a placeholder's text
  Setting<bool> must_be_sgx_local = false;
  std::optional<std::string> url{};
  std::optional<std::vector<std::string>> certificates{};
  std::optional<std::uint32_t> min_rsa_signing_key_size{};
  /// For SNP, each line of processors once (XA-013).
  std::vector<Setting<MinTcb>> min_tcb{};
  /// SNP evidence needs AMD's list of revoked certificates; not said: the CAS decides.
  std::optional<Setting<bool>> require_crl{};
  Place place{};
  bool operator==(const SecurityAttestation&) const = default;
};
struct Security {
  Setting<SecurityAttestation> attestation{};
  Setting<bool> singleton_enclaves = false;
  std::optional<std::string> service_access_token{};
  bool operator==(const Security&) const = default;
};

}  // namespace sconectl::session
