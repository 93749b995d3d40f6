// Keys from passwords: scrypt (RFC 7914).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// What a derivation costs: 128 · n · r bytes of memory. `n` is a power of two.
struct ScryptCost {
  std::uint64_t n = 65'536;
  std::uint64_t r = 8;
  std::uint64_t p = 1;

  bool operator==(const ScryptCost&) const = default;
};

/// `size` bytes. Throws Error{invalid} for costs that are none or take more than 256 MiB: whoever
/// reads costs out of a file limits them himself.
[[nodiscard]] Secret scrypt(std::string_view password, std::string_view salt, ScryptCost cost,
                            std::size_t size);

}  // namespace sconectl::crypto
