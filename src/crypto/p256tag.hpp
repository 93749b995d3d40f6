// The recipient type p256tag of age (c2sp.org/age): HPKE with DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256 and ChaCha20-Poly1305 (RFC 9180), and a tag by which who has the key knows what is
// for him before he asks the hardware.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/p256.hpp"

namespace sconectl::crypto {

struct P256Tagged {
  std::string tag;         ///< 4 bytes
  std::string enc;         ///< a point
  std::string ciphertext;  ///< of the file key, with its tag
};

/// `recipient`: a point. Throws Error{invalid} for bytes that are none.
[[nodiscard]] P256Tagged p256tag_seal(std::string_view recipient, std::string_view file_key);
[[nodiscard]] std::string p256tag_tag(std::string_view enc, std::string_view recipient);
/// Nothing if it was sealed to another key. Asks the key, whatever the tag is.
[[nodiscard]] std::optional<Secret> p256tag_open(const P256Key& key, const P256Tagged& tagged);

}  // namespace sconectl::crypto
