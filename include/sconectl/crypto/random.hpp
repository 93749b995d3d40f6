// Random values from the operating system's generator (through OpenSSL).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// Throws Error{failed} if the generator has no entropy.
[[nodiscard]] Secret random_bytes(std::size_t size);

/// Uniform in [0, bound), without modulo bias; `bound` must not be 0.
[[nodiscard]] std::uint64_t random_below(std::uint64_t bound);

/// `size` characters, each drawn uniformly from `alphabet` (1 to 256 single-byte characters,
/// SL-115).
[[nodiscard]] Secret random_text(std::string_view alphabet, std::size_t size);

}  // namespace sconectl::crypto
