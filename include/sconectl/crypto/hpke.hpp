// Encryption to a public key: RFC 9180 base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
// AES-256-GCM (RA-046). Single-shot: one message per encapsulation.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// Raw X25519 keys, 32 bytes each.
struct X25519Pair {
  Secret private_key;
  std::string public_key;
};
[[nodiscard]] X25519Pair generate_x25519();
/// Throws Error{invalid} unless it has 32 bytes.
[[nodiscard]] std::string x25519_public(std::string_view private_key);

/// enc (32) ‖ ciphertext with tag. Throws Error{invalid} for a public key that is none.
[[nodiscard]] std::string hpke_seal(std::string_view public_key, std::string_view info,
                                    std::string_view associated, std::string_view plaintext);
/// Throws Error{refused} for anything that was not sealed to this key with this info and
/// `associated`.
[[nodiscard]] Secret hpke_open(std::string_view private_key, std::string_view info,
                               std::string_view associated, std::string_view sealed);

}  // namespace sconectl::crypto
