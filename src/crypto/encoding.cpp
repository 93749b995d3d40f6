#include "sconectl/crypto/encoding.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view base58_alphabet =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

using Values = std::array<std::int8_t, 256>;

/// Character to digit value, -1 for every other character.
constexpr Values values_of(std::string_view alphabet, bool any_case = false) {
  Values values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const char c = alphabet[i];
    values[static_cast<unsigned char>(c)] = static_cast<std::int8_t>(i);
    if (any_case && c >= 'A' && c <= 'Z') {
      values[static_cast<unsigned char>(c - 'A' + 'a')] = static_cast<std::int8_t>(i);
    }
    if (any_case && c >= 'a' && c <= 'z') {
      values[static_cast<unsigned char>(c - 'a' + 'A')] = static_cast<std::int8_t>(i);
    }
  }
  return values;
}

constexpr Values hex_values = values_of(hex_digits, true);
constexpr Values base64_values = values_of(base64_alphabet);
constexpr Values base64url_values = values_of(base64url_alphabet);
constexpr Values base32_values = values_of(base32_alphabet, true);
constexpr Values base58_values = values_of(base58_alphabet);

/// Digits of `bits` bits, most significant first, filled with zero bits at the end (RFC 4648).
/// `group` is the number of digits that padding completes to.
std::string encode(std::string_view bytes, std::string_view alphabet, unsigned bits,
                   std::size_t group, Padding padding) {
  std::string text;
  text.reserve((bytes.size() * 8 / bits / group + 1) * group + group);
  unsigned buffer = 0;
  unsigned held = 0;
  const unsigned mask = (1U << bits) - 1U;
  for (const char c : bytes) {
    buffer = ((buffer << 8U) | static_cast<unsigned char>(c)) & 0xFFFFU;
    held += 8;
    while (held >= bits) {
      held -= bits;
      text += alphabet[(buffer >> held) & mask];
    }
  }
  if (held > 0) text += alphabet[(buffer << (bits - held)) & mask];
  if (padding == Padding::with) text.append((group - text.size() % group) % group, '=');
  return text;
}

enum class Pad { required, optional };

std::optional<std::string> decode(std::string_view text, const Values& values, unsigned bits,
                                  std::size_t group, Pad pad) {
  const std::size_t digits = std::min(text.find('='), text.size());
  const std::size_t padding = text.size() - digits;
  if (text.find_first_not_of('=', digits) != std::string_view::npos) return std::nullopt;
  const std::size_t wanted = (group - digits % group) % group;
  if (padding != wanted && (padding != 0 || pad == Pad::required)) return std::nullopt;
  if (digits * bits % 8 >= bits) return std::nullopt;  // a digit that carries no byte

  std::string bytes;
  bytes.reserve(digits * bits / 8);
  unsigned buffer = 0;
  unsigned held = 0;
  for (const char c : text.substr(0, digits)) {
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    buffer = ((buffer << bits) | static_cast<unsigned>(value)) & 0xFFFFU;
    held += bits;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(buffer >> held);
    }
  }
  if ((buffer & ((1U << held) - 1U)) != 0) return std::nullopt;  // left-over bits must be zero
  return bytes;
}

}  // namespace

std::string hex(std::string_view bytes) {
  return encode(bytes, hex_digits, 4, 1, Padding::without);
}

std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0 || text.find('=') != std::string_view::npos) return std::nullopt;
  return decode(text, hex_values, 4, 1, Pad::required);
}

std::string base64(std::string_view bytes) {
  return encode(bytes, base64_alphabet, 6, 4, Padding::with);
}

std::optional<std::string> unbase64(std::string_view text) {
  return decode(text, base64_values, 6, 4, Pad::required);
}

std::string base64url(std::string_view bytes, Padding padding) {
  return encode(bytes, base64url_alphabet, 6, 4, padding);
}

std::optional<std::string> unbase64url(std::string_view text) {
  return decode(text, base64url_values, 6, 4, Pad::optional);
}

std::string base32(std::string_view bytes, Padding padding) {
  return encode(bytes, base32_alphabet, 5, 8, padding);
}

std::optional<std::string> unbase32(std::string_view text) {
  return decode(text, base32_values, 5, 8, Pad::optional);
}

std::string base58(std::string_view bytes) {
  const std::size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
  std::vector<unsigned> digits;  // least significant first
  for (const char c : bytes.substr(zeros)) {
    unsigned carry = static_cast<unsigned char>(c);
    for (unsigned& digit : digits) {
      carry += digit << 8U;
      digit = carry % 58;
      carry /= 58;
    }
    for (; carry > 0; carry /= 58) digits.push_back(carry % 58);
  }
  std::string text(zeros, '1');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    text += base58_alphabet[*digit];
  }
  return text;
}

std::optional<std::string> unbase58(std::string_view text) {
  const std::size_t ones = std::min(text.find_first_not_of('1'), text.size());
  std::string reversed;  // bytes, least significant first
  for (const char c : text.substr(ones)) {
    const std::int8_t value = base58_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    auto carry = unsigned{static_cast<unsigned char>(value)};
    for (char& byte : reversed) {
      carry += static_cast<unsigned char>(byte) * 58U;
      byte = static_cast<char>(carry & 0xFFU);
      carry >>= 8U;
    }
    for (; carry > 0; carry >>= 8U) reversed += static_cast<char>(carry & 0xFFU);
  }
  return std::string(ones, '\0') + std::string(reversed.rbegin(), reversed.rend());
}

namespace {

std::string checksum(std::string_view bytes) {
  const Digest once = sha256(bytes);
  const Digest twice = sha256(view(once));
  return std::string(view(twice).substr(0, 4));
}

}  // namespace

std::string base58check(std::uint8_t version, std::string_view payload) {
  std::string bytes(1, static_cast<char>(version));
  bytes += payload;
  return base58(bytes + checksum(bytes));
}

std::optional<Base58Check> unbase58check(std::string_view text) {
  constexpr std::size_t longest = 128;
  if (text.size() > longest) return std::nullopt;
  const auto bytes = unbase58(text);
  if (!bytes || bytes->size() < 5) return std::nullopt;
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - 4);
  if (checksum(body) != std::string_view(*bytes).substr(body.size())) return std::nullopt;
  return Base58Check{static_cast<std::uint8_t>(body.front()), std::string(body.substr(1))};
}

}  // namespace sconectl::crypto
