#include "sconectl/crypto/seal.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

const std::string key(32, 'k');

diag::ErrorKind failure(std::string_view with_key, std::string_view sealed,
                        std::string_view place) {
  try {
    static_cast<void>(open(with_key, sealed, place));
  } catch (const diag::Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "opened";
  return diag::ErrorKind::failed;
}

TEST(Seal, opens_what_it_sealed) {
  for (const std::size_t size : {0UL, 1UL, 16UL, 100'000UL}) {
    const Secret plaintext = random_bytes(size);
    const std::string sealed = seal(key, plaintext.view(), "place");
    EXPECT_EQ(sealed.size(), size + 28);
    EXPECT_EQ(open(key, sealed, "place").view(), plaintext.view());
  }
}

TEST(Seal, never_gives_the_same_bytes_twice) {
  EXPECT_NE(seal(key, "x", ""), seal(key, "x", ""));
}

TEST(Seal, refuses_every_changed_bit) {
  const std::string sealed = seal(key, "plaintext", "place");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string changed = sealed;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_EQ(failure(key, changed, "place"), diag::ErrorKind::refused);
  }
}

TEST(Seal, refuses_another_place_key_or_length) {
  const std::string sealed = seal(key, "plaintext", "place");
  EXPECT_EQ(failure(key, sealed, "other place"), diag::ErrorKind::refused);
  EXPECT_EQ(failure(key, sealed, ""), diag::ErrorKind::refused);
  EXPECT_EQ(failure(std::string(32, 'l'), sealed, "place"), diag::ErrorKind::refused);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(failure(key, sealed.substr(0, size), "place"), diag::ErrorKind::refused);
  }
  EXPECT_EQ(failure("short", sealed, "place"), diag::ErrorKind::invalid);
  EXPECT_THROW(static_cast<void>(seal("short", "", "")), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
