#include "sconectl/text/shell.hpp"

#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

TEST(ShellWord, leaves_plain_words_and_quotes_the_rest) {
  EXPECT_EQ(shell_word("a-b_c./:=@%+,9"), "a-b_c./:=@%+,9");
  EXPECT_EQ(shell_word(""), "''");
  for (const std::string text : {"a b", "$(id)", "`id`", "a;b", "~", "*", "a\nb", "\"", "\\", "!x"})
    EXPECT_EQ(shell_word(text), "'" + text + "'");
  EXPECT_EQ(shell_word("'"), "''\\'''");
}

}  // namespace
}  // namespace sconectl::text
