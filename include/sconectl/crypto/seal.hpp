// Authenticated encryption with one shared key: AES-256-GCM.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// nonce (12, random) ‖ ciphertext ‖ tag (16). `key` has 32 bytes, else Error{invalid}.
/// `associated` is authenticated and not stored: give the place where the bytes belong, so that
/// they open nowhere else. One key is good for 2^32 calls.
[[nodiscard]] std::string seal(std::string_view key, std::string_view plaintext,
                               std::string_view associated);

/// The plaintext. Throws Error{refused} for anything that seal() did not make with this key and
/// `associated`.
[[nodiscard]] Secret open(std::string_view key, std::string_view sealed,
                          std::string_view associated);

}  // namespace sconectl::crypto
