// NaCl's secretbox (XSalsa20 and Poly1305): the authenticated encryption of cosign's key files.
// What is ours uses seal.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t secretbox_key_size = 32;
inline constexpr std::size_t secretbox_nonce_size = 24;

/// tag (16) ‖ ciphertext, as NaCl and Go write it. Throws Error{invalid} for a key or nonce of
/// another size; a nonce must never be used twice with one key.
[[nodiscard]] std::string secretbox_seal(std::string_view key, std::string_view nonce,
                                         std::string_view plaintext);

/// Nothing if anything was changed, and for a key or nonce of another size.
[[nodiscard]] std::optional<Secret> secretbox_open(std::string_view key, std::string_view nonce,
                                                   std::string_view box);

}  // namespace sconectl::crypto
