// AES-256-GCM with a nonce that the caller chose (seal.cpp, hpke.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/native.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t aead_key_size = 32;
inline constexpr std::size_t aead_tag_size = 16;

/// ciphertext ‖ tag (16). `nonce` has 12 bytes and must never be used twice with one key.
[[nodiscard]] std::string aead_encrypt(std::string_view key, std::string_view nonce,
                                       std::string_view associated, std::string_view plaintext);

/// Nothing if anything was changed.
[[nodiscard]] std::optional<Secret> aead_decrypt(std::string_view key, std::string_view nonce,
                                                 std::string_view associated,
                                                 std::string_view ciphertext);

}  // namespace sconectl::crypto
