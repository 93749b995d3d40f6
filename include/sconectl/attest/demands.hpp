// What a session demands of the evidence of a service, and whether it is met.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/attest/acceptance.hpp"
#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/session/service.hpp"

namespace sconectl::attest {

/// Who judges evidence besides this program (`mode: maa`, SL-293, SL-294).
struct Attester {
  std::string url;
  std::vector<std::string> certificates;  ///< PEM, which it is trusted by; none: the system's
};

/// Of a service, its placeholders replaced.
struct Demands {
  std::vector<session::AttestationVariant> variants;  ///< one suffices (SL-085)
  std::vector<std::string> platforms;                 ///< one must be it; none: any (SL-094)
  Tolerances tolerated;
  std::vector<session::MinTcb> min_tcb;  ///< for SNP (XA-013)
  std::optional<bool> require_crl;       ///< for SNP; nothing: where there is one
  bool only_local = false;               ///< `must_be_sgx_local`: no quote will do (SL-305)
  std::optional<Attester> attester;
};

/// What a security section says, whose placeholders are replaced; one that is left counts for
/// nothing. Variants and platforms are those of a service, and stay empty.
[[nodiscard]] Demands demands_of(const session::SecurityAttestation& attestation);

/// Why the evidence is not what the session demands; none: it is. In the order of XA-009: the state
/// of the platform, which platform it is, then the variants. Each variant that could have matched
/// says what is different in it, with its number (EV-030, EV-031).
[[nodiscard]] std::vector<Objection> unmet(const Quote& quote, const Verdict& verdict,
                                           const Demands& demands);

/// The same for a quote whose attester judges the state of the platform, and which it is (SL-095,
/// SL-303).
[[nodiscard]] std::vector<Objection> unmet(const Quote& quote, const Demands& demands);

/// The same for an SNP guest; a variant of another kind is never compared with it. A chip is among
/// `platforms` by the id in its certificate, so a guest with a VLEK is not (XA-015). With an
/// attester, state and platform are not looked at.
[[nodiscard]] std::vector<Objection> unmet(const SnpReport& report, const SnpVerdict& verdict,
                                           const Demands& demands);

/// What differs between an enclave and one variant; nothing: it matches. Bytes that no session can
/// pin (KSS: configuration, family, extended product) must be zero (EV-031).
[[nodiscard]] std::optional<std::string> mismatch(const EnclaveReport& enclave,
                                                  const session::AttestationVariant& variant);

}  // namespace sconectl::attest
