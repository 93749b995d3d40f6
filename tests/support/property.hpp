// How much work a test makes that takes long under sanitizers; tests/run runs both.
#pragma once

#include <cstddef>
#include <string>

namespace sconectl::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCONECTL_SLOW_TESTS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCONECTL_SLOW_TESTS
#endif
#endif

#ifdef SCONECTL_SLOW_TESTS
constexpr bool under_sanitizers = true;
#else
constexpr bool under_sanitizers = false;
#endif
#undef SCONECTL_SLOW_TESTS

/// How many documents a property test makes.
constexpr int property_documents = under_sanitizers ? 1000 : 12000;

/// Of many like cases, every how manieth is tried. Prime, so that no bit of a byte is left out.
constexpr int property_stride = under_sanitizers ? 13 : 1;

/// `bit` counts from the first of the first byte.
inline std::string with_bit_flipped(std::string bytes, std::size_t bit) {
  char& byte = bytes.at(bit / 8);
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit % 8));
  return bytes;
}

}  // namespace sconectl::test
