#include "sconectl/text/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Split, cut_at_the_first_separator) {
  EXPECT_EQ(cut("a=b=c", '=').before, "a");
  EXPECT_EQ(cut("a=b=c", '=').after, "b=c");
  EXPECT_EQ(cut("a=", '=').after, "");
  EXPECT_EQ(cut("a", '=').before, "a");
  EXPECT_EQ(cut("a", '=').after, std::nullopt);
}

TEST(Split, keeps_empty_parts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Split, lines_have_no_ends) {
  EXPECT_THAT(lines("a\r\n\nb\n"), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines("a\n\n"), ElementsAre("a", ""));
  EXPECT_THAT(lines("a"), ElementsAre("a"));
  EXPECT_THAT(lines("\n"), ElementsAre(""));
  EXPECT_THAT(lines(""), IsEmpty());
}

TEST(Split, words_between_any_blanks) {
  EXPECT_THAT(words_in(" a\t b\r\nc "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words_in(" \n"), IsEmpty());
}

}  // namespace
}  // namespace sconectl::text
