// Pages of memory.
#pragma once

#include <cstdint>

namespace sconectl::enclave {

inline constexpr std::uint64_t page_size = 4096;

/// The address at which the page of an address begins.
[[nodiscard]] constexpr std::uint64_t page_of(std::uint64_t address) {
  return address - address % page_size;
}
/// The end of the last page that so many bytes need.
[[nodiscard]] constexpr std::uint64_t whole_pages(std::uint64_t size) {
  return page_of(size + page_size - 1);
}

}  // namespace sconectl::enclave
