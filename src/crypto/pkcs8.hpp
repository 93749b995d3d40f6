// Private keys as PKCS#8 (RFC 5958).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/native.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;

/// PKCS#8 version 2 as version 1, which is all that OpenSSL 3.0 reads, and the public key that was
/// attached. The outer sequence is version, algorithm, key, [0] attributes, [1] public key.
struct Pkcs8Version1 {
  Secret der;
  std::string public_key;  // without the count of unused bits; empty if there was none
};

/// Nothing for what is neither version.
[[nodiscard]] std::optional<Pkcs8Version1> pkcs8_version1(std::string_view der);

/// An EC key on P-256 or P-384 that has its public part, or null: EVP_PKCS82PKEY() reads that, and
/// every other key, but OpenSSL 3.0 takes thirty times as long for it, because it tries all the
/// forms that it knows.
[[nodiscard]] KeyPtr curve_key(const PKCS8_PRIV_KEY_INFO& pkcs8);

}  // namespace sconectl::crypto
