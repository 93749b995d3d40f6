#include "sconectl/text/words.hpp"

#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

enum class Colour { red, dark_green };
constexpr auto words_of(Colour) {
  return words<Colour::dark_green>("red", "dark-green");
}

TEST(Words, both_directions) {
  EXPECT_EQ(word(Colour::red), "red");
  EXPECT_EQ(word(Colour::dark_green), "dark-green");
  EXPECT_EQ(from_word<Colour>("dark-green"), Colour::dark_green);
  for (const char* other : {"", "Red", "red ", "dark_green"})
    EXPECT_EQ(from_word<Colour>(other), std::nullopt) << other;
}

TEST(Words, list_for_messages) {
  EXPECT_EQ(quoted_list(all_words<Colour>()), "'red', 'dark-green'");
  EXPECT_EQ(quoted_list({}), "");
}

}  // namespace
}  // namespace sconectl::text
