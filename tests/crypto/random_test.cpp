#include "sconectl/crypto/random.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sconectl::crypto {
namespace {

TEST(Random, bytes_have_the_size_and_differ) {
  EXPECT_TRUE(random_bytes(0).empty());
  EXPECT_EQ(random_bytes(3'000'000).size(), 3'000'000U);
  EXPECT_NE(random_bytes(16).view(), random_bytes(16).view());
}

TEST(Random, below_reaches_every_value_and_no_other) {
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 3000; ++i) ++seen[random_below(6)];
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_LT(seen.rbegin()->first, 6U);
  EXPECT_EQ(random_below(1), 0U);
}

// 94 characters: 256 mod 94 = 68, so taking bytes modulo 94 would make the first 68 characters
// half as likely again as the rest (1.5 to 1). With 94,000 draws that is 25 deviations away.
TEST(Random, SL115_text_is_uniform_over_its_alphabet) {
  std::string alphabet;
  for (char c = '!'; c <= '~'; ++c) alphabet += c;
  ASSERT_EQ(alphabet.size(), 94U);
  const Secret text = random_text(alphabet, 94'000);
  EXPECT_EQ(text.size(), 94'000U);
  std::map<char, int> seen;
  for (const char c : text.view()) ++seen[c];
  for (const char c : alphabet) {
    EXPECT_GT(seen[c], 800) << c;
    EXPECT_LT(seen[c], 1200) << c;
  }
  EXPECT_EQ(seen.size(), 94U);
  EXPECT_EQ(random_text("x", 5).view(), "xxxxx");
}

}  // namespace
}  // namespace sconectl::crypto
