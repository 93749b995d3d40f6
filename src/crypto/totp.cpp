#include "sconectl/crypto/totp.hpp"

#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {

std::uint64_t totp_step(Time now) {
  constexpr std::uint64_t seconds_per_step = 30;
  return static_cast<std::uint64_t>(now.time_since_epoch().count()) / seconds_per_step;
}

std::string totp(std::string_view key, std::uint64_t step) {
  std::string counter(8, '\0');
  for (std::size_t i = 8; i-- > 0; step >>= 8U) counter[i] = static_cast<char>(step & 0xFFU);
  const std::string mac = hmac_sha1(key, counter);
  // Dynamic truncation (RFC 4226 §5.3).
  const auto byte = [&mac](std::size_t at) { return static_cast<std::uint8_t>(mac[at]); };
  const std::size_t at = byte(19) & 0x0FU;
  const std::uint32_t number = (byte(at) & 0x7FU) * (1U << 24U) + byte(at + 1) * (1U << 16U) +
                               byte(at + 2) * (1U << 8U) + byte(at + 3);
  std::string code = std::to_string(number % 1'000'000);
  code.insert(0, 6 - code.size(), '0');
  return code;
}

}  // namespace sconectl::crypto
