// The certificates from the key of an SNP report to AMD's root.
#pragma once

#include <optional>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

struct SnpChain {
  SnpProduct product = SnpProduct::milan;
  crypto::Certificate ark;
  crypto::Certificate ask;   ///< or the one that issues VLEKs
  crypto::Certificate leaf;  ///< VCEK or VLEK
};

/// Product, root, intermediate and leaf (S06 to S08, S10; EV-016, EV-017). Dates are not judged.
/// Throws Error{refused}.
[[nodiscard]] SnpChain trusted_snp_chain(const SnpReport& report,
                                         const SnpCertificates& certificates,
                                         const SnpOptions& options);

/// What a VCEK or VLEK says about the chip that it belongs to.
struct SnpEndorsement {
  SnpTcb tcb;
  std::string hw_id;
  std::string csp_id;
};

/// From its extensions (S12, S13, the form of S15; EV-019). Throws Error{refused}.
[[nodiscard]] SnpEndorsement endorsement_of(const crypto::Certificate& leaf, SnpProduct product,
                                            session::SnpKey key);

}  // namespace sconectl::attest
