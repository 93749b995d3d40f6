// Facts about a key of the crypto library that public and private keys share.
#pragma once

#include "crypto/native.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::crypto {

[[nodiscard]] KeyType native_type(EVP_PKEY* key);

/// The hash that goes with a key in signatures; null for Ed25519, which brings its own.
[[nodiscard]] const EVP_MD* signature_digest(EVP_PKEY* key);

/// Bytes of r and of s; 0 for a key that is not on P-256 or P-384.
[[nodiscard]] std::size_t group_width(EVP_PKEY* key);

}  // namespace sconectl::crypto
