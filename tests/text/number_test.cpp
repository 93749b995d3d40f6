#include "sconectl/text/number.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace sconectl::text {
namespace {

TEST(Number, whole_texts_only) {
  EXPECT_EQ(number<int>("0"), 0);
  EXPECT_EQ(number<int>("007"), 7);
  EXPECT_EQ(number<int>("-12"), -12);
  for (const char* other : {"", " 1", "1 ", "+1", "1.0", "0x1", "1e3", "-", "one"})
    EXPECT_EQ(number<int>(other), std::nullopt) << other;
}

TEST(Number, only_what_the_type_holds) {
  EXPECT_EQ(number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(number<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(number<std::uint16_t>("-1"), std::nullopt);
  EXPECT_EQ(number<std::int64_t>("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(number<std::int64_t>("9223372036854775808"), std::nullopt);
}

TEST(Number, other_bases) {
  EXPECT_EQ(number<int>("777", 8), 511);
  EXPECT_EQ(number<int>("8", 8), std::nullopt);
  EXPECT_EQ(number<int>("fF", 16), 255);
}

}  // namespace
}  // namespace sconectl::text
