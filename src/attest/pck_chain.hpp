// The certificates from a platform (PCK) to Intel's root, and those of Intel's lists.
#pragma once

#include <string_view>
#include <vector>

#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

struct PckChain {
  crypto::Certificate leaf;
  crypto::Certificate intermediate;
  crypto::Certificate root;
};

/// Names, signatures and CA flags from the platform's certificate to the trusted root (EV-002);
/// `pem` holds the three in any order. Dates are not judged. Throws Error{refused}.
[[nodiscard]] PckChain trusted_pck_chain(std::string_view pem, const VerificationOptions& options);

struct SigningChain {
  crypto::Certificate signer;
  crypto::Certificate root;
};

/// The same for the certificate that signs TCB info and QE identity.
[[nodiscard]] SigningChain trusted_signing_chain(std::string_view pem,
                                                 const VerificationOptions& options);

}  // namespace sconectl::attest
