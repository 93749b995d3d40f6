#include "sconectl/crypto/der.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_sequence = 0x30;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::string unsigned_integer(std::string_view big_endian) {
  while (big_endian.size() > 1 && big_endian.front() == '\0') big_endian.remove_prefix(1);
  std::string content;
  if (big_endian.empty() || byte_at(big_endian, 0) >= 0x80) content += '\0';
  content += big_endian;
  return der_element(tag_integer, content);
}

/// The content of an INTEGER, without its sign byte, filled up with zeros to `width`.
std::optional<std::string> fixed_width(const std::optional<DerElement>& integer,
                                       std::size_t width) {
  if (!integer || integer->tag != tag_integer || integer->content.empty()) return std::nullopt;
  std::string_view digits = integer->content;
  if (byte_at(digits, 0) >= 0x80) return std::nullopt;  // negative
  while (!digits.empty() && digits.front() == '\0') digits.remove_prefix(1);
  if (digits.size() > width) return std::nullopt;
  return std::string(width - digits.size(), '\0') + std::string(digits);
}

}  // namespace

std::optional<DerElement> next_der(std::string_view& rest) {
  if (rest.size() < 2) return std::nullopt;
  DerElement element;
  element.tag = byte_at(rest, 0);
  if ((element.tag & 0x1FU) == 0x1FU) return std::nullopt;
  std::size_t length = byte_at(rest, 1);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t count = length & 0x7FU;
    if (count == 0 || count > 4 || rest.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8U | byte_at(rest, 2 + i);
    const std::size_t smallest = count == 1 ? 0x80 : std::size_t{1} << (8 * (count - 1));
    if (length < smallest) return std::nullopt;
    header += count;
  }
  if (rest.size() - header < length) return std::nullopt;
  element.content = rest.substr(header, length);
  element.whole = rest.substr(0, header + length);
  rest.remove_prefix(header + length);
  return element;
}

std::string der_element(std::uint8_t tag, std::string_view content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    out += static_cast<char>(content.size());
  } else {
    std::string length;
    for (std::size_t rest = content.size(); rest > 0; rest >>= 8U) {
      length.insert(length.begin(), static_cast<char>(rest & 0xFFU));
    }
    out += static_cast<char>(0x80U | length.size());
    out += length;
  }
  out += content;
  return out;
}

std::optional<std::string> ecdsa_der(std::string_view r_and_s) {
  if (r_and_s.empty() || r_and_s.size() % 2 != 0) return std::nullopt;
  const std::size_t width = r_and_s.size() / 2;
  return der_element(tag_sequence, unsigned_integer(r_and_s.substr(0, width)) +
                                       unsigned_integer(r_and_s.substr(width)));
}

std::optional<std::string> ecdsa_raw(std::string_view der, std::size_t width) {
  const auto sequence = next_der(der);
  if (!sequence || sequence->tag != tag_sequence || !der.empty()) return std::nullopt;
  std::string_view inside = sequence->content;
  const auto r = fixed_width(next_der(inside), width);
  const auto s = fixed_width(next_der(inside), width);
  if (!r || !s || !inside.empty()) return std::nullopt;
  return *r + *s;
}

}  // namespace sconectl::crypto
