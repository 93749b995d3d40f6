// The little DER that OpenSSL 3.0 does not do for us: PKCS#8 version 2 (RFC 5958), ECDSA
// signatures, and what stands in extensions of certificates that only their issuer knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::crypto {

struct DerElement {
  std::uint8_t tag = 0;
  std::string_view content;
  std::string_view whole;  // tag, length and content
};

/// The first element of `rest`, which is moved behind it; nothing if the length is not minimal or
/// too large, or the tag has several bytes.
[[nodiscard]] std::optional<DerElement> next_der(std::string_view& rest);

/// Tag, length, content.
[[nodiscard]] std::string der_element(std::uint8_t tag, std::string_view content);

/// r ‖ s, each `width` bytes, as ECDSA-Sig-Value, and back; nothing for another shape.
[[nodiscard]] std::optional<std::string> ecdsa_der(std::string_view r_and_s);
[[nodiscard]] std::optional<std::string> ecdsa_raw(std::string_view der, std::size_t width);

}  // namespace sconectl::crypto
