#include "sconectl/crypto/random.hpp"

#include <openssl/rand.h>

#include <cassert>
#include <cstring>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

void fill(std::span<std::uint8_t> bytes) {
  constexpr std::size_t at_once = 1UL << 20U;  // RAND_priv_bytes counts with an int
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() < at_once ? bytes.size() : at_once;
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(size)) != 1) {
      throw_failure("draw random bytes");
    }
    bytes = bytes.subspan(size);
  }
}

}  // namespace

Secret random_bytes(std::size_t size) {
  Secret bytes = Secret::zeros(size);
  fill(bytes.writable());
  return bytes;
}

std::uint64_t random_below(std::uint64_t bound) {
  assert(bound > 0);
  // 2^64 mod bound values at the low end would make small results likelier: draw again.
  const std::uint64_t rejected = (0 - bound) % bound;
  for (;;) {
    const Secret drawn = random_bytes(sizeof(std::uint64_t));
    std::uint64_t value = 0;
    std::memcpy(&value, drawn.bytes().data(), sizeof value);
    if (value >= rejected) return value % bound;
  }
}

Secret random_text(std::string_view alphabet, std::size_t size) {
  assert(!alphabet.empty() && alphabet.size() <= 256);
  const std::size_t accepted = 256 - 256 % alphabet.size();
  Secret text = Secret::zeros(size);
  const auto out = text.writable();
  std::size_t filled = 0;
  while (filled < size) {
    const Secret drawn = random_bytes(size - filled + 16);
    for (const std::uint8_t byte : drawn.bytes()) {
      if (byte >= accepted || filled == size) continue;
      out[filled++] = static_cast<std::uint8_t>(alphabet[byte % alphabet.size()]);
    }
  }
  return text;
}

}  // namespace sconectl::crypto
