// PKCS#12 containers.
#pragma once

#include <span>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// DER with certificate, key and chain under the empty password (SL-157): the container carries the
/// key, it does not protect it. Throws Error{invalid} if the key is not the certificate's.
[[nodiscard]] Secret pkcs12(const Certificate& certificate, const PrivateKey& key,
                            std::span<const Certificate> chain);

}  // namespace sconectl::crypto
