#include "sconectl/text/ascii.hpp"

#include <gtest/gtest.h>

#include <cctype>

namespace sconectl::text {
namespace {

TEST(Ascii, classes_do_not_know_other_letters) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(is_letter(c), (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)) << byte;
    EXPECT_EQ(is_digit(c), byte >= 48 && byte <= 57) << byte;
    EXPECT_EQ(is_alphanumeric(c), is_letter(c) || is_digit(c)) << byte;
    EXPECT_EQ(is_control(c), byte < 32 || byte == 127) << byte;
    EXPECT_EQ(is_hex_digit(c), std::isxdigit(byte) != 0) << byte;
  }
}

TEST(Ascii, whole_texts_of_digits) {
  EXPECT_TRUE(is_digits("0"));
  EXPECT_TRUE(is_digits("0123456789"));
  for (const char* other : {"", "-1", "+1", "1 ", "1.0", "\xd9\xa1"})
    EXPECT_FALSE(is_digits(other));
  EXPECT_TRUE(is_hex("00fF", 4));
  EXPECT_TRUE(is_hex("", 0));
  for (const char* other : {"00f", "00fff", "00fg", "0x00", " 0ff"}) EXPECT_FALSE(is_hex(other, 4));
}

TEST(Ascii, only_ascii) {
  EXPECT_TRUE(is_ascii(""));
  EXPECT_TRUE(is_ascii("a\x7f\n"));
  EXPECT_FALSE(is_ascii("\xc3\xa4"));
}

TEST(Ascii, lower_case_leaves_everything_but_letters) {
  EXPECT_EQ(lower("AZaz09-_@[`{\xc3\x84"), "azaz09-_@[`{\xc3\x84");
  EXPECT_EQ(lower(""), "");
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-tYPE"));
  EXPECT_FALSE(equal_ignoring_case("Content", "Content-Type"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));  // 32 apart, as letters are
}

TEST(Ascii, trimmed_takes_blanks_from_both_ends_only) {
  EXPECT_EQ(trimmed(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(std::string_view("\0 ", 2)), std::string_view("\0", 1));
  EXPECT_TRUE(is_blank(" \t\r\n"));
  EXPECT_FALSE(is_blank(" x "));
}

}  // namespace
}  // namespace sconectl::text
