#include "crypto/bech32.hpp"

#include <array>
#include <cstdint>

namespace sconectl::crypto {
namespace {

constexpr std::string_view digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t checksum_digits = 6;
constexpr unsigned bits_of_digit = 5;
constexpr unsigned bits_of_byte = 8;

/// The checksum of BIP 173 as digits come, one after the other.
class Polymod {
 public:
  explicit Polymod(std::string_view prefix) {
    for (const char c : prefix) add(static_cast<unsigned char>(c) >> bits_of_digit);
    add(0);
    for (const char c : prefix) add(static_cast<unsigned char>(c) & 31U);
  }
  void add(std::uint32_t digit) {
    constexpr std::array<std::uint32_t, 5> generator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                     0x2a1462b3};
    const std::uint32_t top = value_ >> 25U;
    value_ = ((value_ & 0x1ffffffU) << bits_of_digit) ^ digit;
    for (unsigned i = 0; i < generator.size(); ++i)
      if (((top >> i) & 1U) != 0) value_ ^= generator[i];
  }
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 1;
};

void append_digit(Secret& text, std::uint32_t digit) {
  text.append(digits.substr(digit, 1));
}

}  // namespace

Secret bech32(std::string_view prefix, std::string_view bytes) {
  Secret text(prefix);
  text.append("1");
  Polymod checksum(prefix);
  const auto put = [&](std::uint32_t digit) {
    checksum.add(digit);
    append_digit(text, digit);
  };
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = ((bits << bits_of_byte) | static_cast<unsigned char>(byte)) & 0xfffU;
    for (count += bits_of_byte; count >= bits_of_digit; count -= bits_of_digit)
      put((bits >> (count - bits_of_digit)) & 31U);
  }
  if (count > 0) put((bits << (bits_of_digit - count)) & 31U);
  for (std::size_t i = 0; i < checksum_digits; ++i) checksum.add(0);
  const std::uint32_t sum = checksum.value() ^ 1U;
  for (std::size_t i = 0; i < checksum_digits; ++i)
    append_digit(text, (sum >> (bits_of_digit * (checksum_digits - 1 - i))) & 31U);
  return text;
}

std::optional<Secret> unbech32(std::string_view prefix, std::string_view text) {
  if (text.substr(0, prefix.size()) != prefix || text.substr(prefix.size(), 1) != "1")
    return std::nullopt;
  const auto data = text.substr(prefix.size() + 1);
  if (data.size() < checksum_digits) return std::nullopt;
  Polymod checksum(prefix);
  Secret bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto digit = digits.find(data[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    checksum.add(static_cast<std::uint32_t>(digit));
    if (i + checksum_digits >= data.size()) continue;
    bits = ((bits << bits_of_digit) | static_cast<std::uint32_t>(digit)) & 0xfffU;
    count += bits_of_digit;
    if (count < bits_of_byte) continue;
    count -= bits_of_byte;
    const char byte = static_cast<char>((bits >> count) & 0xffU);
    bytes.append({&byte, 1});
  }
  const bool padded = count < bits_of_digit && (bits & ((1U << count) - 1)) == 0;
  if (checksum.value() != 1 || !padded) return std::nullopt;
  return bytes;
}

}  // namespace sconectl::crypto
