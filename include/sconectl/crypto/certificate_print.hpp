// Recognising somebody by a certificate.
#pragma once

#include <string>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {

/// What a certificate comes down to when its holder is looked for in an access policy.
struct CertificatePrint {
  Digest key;              ///< key_digest() of its public key
  std::string pem_sha256;  ///< SHA-256 of its PEM text with LF, 64 hex digits (SL-330)
};

/// Of the first certificate in a PEM text. A server asks this for every request and OpenSSL 3.0
/// takes a millisecond to answer, so the answers for the texts seen last are remembered, which
/// nobody can tell from the outside. Safe to use from several threads. Throws Error{invalid}.
[[nodiscard]] CertificatePrint certificate_print(const std::string& pem);

}  // namespace sconectl::crypto
