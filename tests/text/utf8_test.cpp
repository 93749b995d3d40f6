#include "sconectl/text/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sconectl::text {
namespace {

/// The encoding of a code point by its definition, surrogates and large ones too.
std::string encoded(std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0U | (point >> 6U)), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0U | (point >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, every_code_point_but_surrogates) {
  for (std::uint32_t point = 0; point < 0x110000; ++point) {
    const std::string text = encoded(point);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(utf8_length(text, 0), surrogate ? 0 : text.size()) << point;
    ASSERT_EQ(is_utf8(text.substr(0, text.size() - 1)), text.size() == 1) << point;
    ASSERT_EQ(is_utf8(text + "x"), !surrogate) << point;
  }
}

TEST(Utf8, refused) {
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xC3(", "\xE2\x82(", "\xF0\x9F\x98("})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, lengths_in_the_middle_of_a_text) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(utf8_length(text, 0), 1);
  EXPECT_EQ(utf8_length(text, 1), 2);
  EXPECT_EQ(utf8_length(text, 2), 0);
  EXPECT_EQ(utf8_length(text, 3), 3);
  EXPECT_EQ(utf8_length(text, 6), 4);
  EXPECT_EQ(utf8_length(text, text.size()), 0);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, a_byte_order_mark_is_no_part_of_the_text) {
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF"
                                    "a"),
            "a");
  EXPECT_EQ(without_byte_order_mark("a\xEF\xBB\xBF"), "a\xEF\xBB\xBF");
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB"), "\xEF\xBB");
}

}  // namespace
}  // namespace sconectl::text
