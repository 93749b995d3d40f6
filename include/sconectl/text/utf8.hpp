// UTF-8, read strictly (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace sconectl::text {

/// Bytes of the character that starts at `at`, 0 if there is none: shortest forms only, no
/// surrogates, at most U+10FFFF.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  const unsigned next = byte(at + 1);
  if (lead < 0x80U) return at < text.size() ? 1 : 0;
  if (lead < 0xC2U || lead > 0xF4U || !continues(at + 1)) return 0;
  if (lead < 0xE0U) return 2;
  if ((lead == 0xE0U && next < 0xA0U) || (lead == 0xEDU && next > 0x9FU) || !continues(at + 2))
    return 0;
  if (lead < 0xF0U) return 3;
  if ((lead == 0xF0U && next < 0x90U) || (lead == 0xF4U && next > 0x8FU)) return 0;
  return continues(at + 3) ? 4 : 0;
}

[[nodiscard]] constexpr bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/// Without the byte order mark that editors of some systems begin UTF-8 with.
[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

}  // namespace sconectl::text
