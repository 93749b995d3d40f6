// Bytes as text. Decoding is strict: what the encoder would not have written (apart from the case
// of hex and base32 digits) is no value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::crypto {

/// Lower-case hex, two digits per byte.
[[nodiscard]] std::string hex(std::string_view bytes);
/// Upper and lower case (SL-007); an odd number of digits is no value.
[[nodiscard]] std::optional<std::string> unhex(std::string_view text);

enum class Padding { with, without };

/// RFC 4648 §4, without line breaks.
[[nodiscard]] std::string base64(std::string_view bytes);
/// With padding; line breaks and other white space are refused.
[[nodiscard]] std::optional<std::string> unbase64(std::string_view text);
/// RFC 4648 §5. A session's `:base64url` is padded (SL-122), a JWT's parts are not.
[[nodiscard]] std::string base64url(std::string_view bytes, Padding padding = Padding::with);
/// Padding may be there or not, but not half of it.
[[nodiscard]] std::optional<std::string> unbase64url(std::string_view text);
/// RFC 4648 §6, upper case.
[[nodiscard]] std::string base32(std::string_view bytes, Padding padding = Padding::with);
/// Any case, padding there or not, but not half of it (SL-307).
[[nodiscard]] std::optional<std::string> unbase32(std::string_view text);

/// Bitcoin alphabet. Quadratic in the length: for keys and digests.
[[nodiscard]] std::string base58(std::string_view bytes);
[[nodiscard]] std::optional<std::string> unbase58(std::string_view text);

/// base58(version ‖ payload ‖ first 4 bytes of SHA-256(SHA-256(version ‖ payload))) (CL-029).
[[nodiscard]] std::string base58check(std::uint8_t version, std::string_view payload);
struct Base58Check {
  std::uint8_t version = 0;
  std::string payload;
};
/// No value if the checksum is wrong or the text is longer than 128 characters.
[[nodiscard]] std::optional<Base58Check> unbase58check(std::string_view text);

}  // namespace sconectl::crypto
