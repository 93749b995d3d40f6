// ChaCha20-Poly1305 (RFC 8439) without associated data, as age uses it.
#pragma once

#include <optional>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t chacha_tag = 16;
inline constexpr std::size_t chacha_nonce = 12;

/// With its tag. Key: 32 bytes.
[[nodiscard]] Secret chacha_seal(std::string_view key, std::string_view nonce,
                                 std::string_view plaintext);
/// Nothing if it was changed, or sealed otherwise.
[[nodiscard]] std::optional<Secret> chacha_open(std::string_view key, std::string_view nonce,
                                                std::string_view sealed);

}  // namespace sconectl::crypto
