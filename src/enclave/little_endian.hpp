// Numbers as enclaves and ELF files hold them.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace sconectl::enclave {

template <std::unsigned_integral Number>
[[nodiscard]] std::string little_endian(Number number) {
  constexpr unsigned bits = 8;
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    bytes += static_cast<char>(static_cast<unsigned long long>(number) >> (i * bits) & 0xffU);
  return bytes;
}

/// The number that begins at `at`; the caller has looked whether its bytes are there.
template <std::unsigned_integral Number>
[[nodiscard]] Number number_at(std::string_view bytes, std::size_t at) {
  constexpr unsigned bits = 8;
  unsigned long long number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    number = number << bits | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<Number>(number);
}

}  // namespace sconectl::enclave
