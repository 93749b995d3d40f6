// DHKEM(X25519, HKDF-SHA256) and the labelled HKDF of RFC 9180 §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/hpke.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t x25519_size = 32;

[[nodiscard]] Secret labeled_extract(std::string_view suite, std::string_view salt,
                                     std::string_view label, std::string_view ikm);
/// At most 255 * 32 bytes.
[[nodiscard]] Secret labeled_expand(std::string_view suite, std::string_view prk,
                                    std::string_view label, std::string_view info,
                                    std::size_t size);

/// ExtractAndExpand of a DHKEM with HKDF-SHA256; `suite`: "KEM" and its number.
[[nodiscard]] Secret dhkem_shared_secret(std::string_view suite, std::string_view dh,
                                         std::string_view enc, std::string_view recipient);

struct KeyAndNonce {
  Secret key;    ///< 32 bytes
  Secret nonce;  ///< 12 bytes; that of the first message
};
/// The key schedule of mode base (RFC 9180 §5.1); `suite`: "HPKE" and the numbers of KEM, KDF
/// (HKDF-SHA256) and AEAD (with keys of 32 bytes).
[[nodiscard]] KeyAndNonce hpke_key_schedule(std::string_view suite, std::string_view shared_secret,
                                            std::string_view info);

struct Encapsulated {
  Secret shared_secret;
  std::string enc;
};

[[nodiscard]] X25519Pair dhkem_generate();
[[nodiscard]] std::string dhkem_public(std::string_view private_key);
/// Throws Error{invalid} for a public key that is none (wrong size, or of small order).
[[nodiscard]] Encapsulated dhkem_encapsulate(std::string_view public_key);
/// With a key that is not fresh: for the vectors of RFC 9180.
[[nodiscard]] Encapsulated dhkem_encapsulate(std::string_view public_key,
                                             const X25519Pair& ephemeral);
/// Nothing if `enc` is no usable public key. Throws Error{invalid} for a bad private key.
[[nodiscard]] std::optional<Secret> dhkem_decapsulate(std::string_view private_key,
                                                      std::string_view enc);

}  // namespace sconectl::crypto
