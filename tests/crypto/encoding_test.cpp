#include "sconectl/crypto/encoding.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/random.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

using test::run_tool;

std::string sample(std::size_t size) {
  return std::string(random_bytes(size).view());
}

TEST(Encoding, SL120_hex_is_lower_case) {
  EXPECT_EQ(hex(std::string("\x00\xAB\xff", 3)), "00abff");
  EXPECT_EQ(hex(""), "");
}

TEST(Encoding, SL007_hex_is_read_in_any_case_and_exactly) {
  EXPECT_EQ(unhex("00aBFf"), std::string("\x00\xAB\xff", 3));
  EXPECT_EQ(unhex(""), "");
  for (const char* bad : {"0", "0x00", "gg", " 00", "00 ", "00\n", "0=", "=="}) {
    EXPECT_EQ(unhex(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, SL121_base64_agrees_with_the_tool) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = sample(size);
    EXPECT_EQ(base64(bytes), run_tool({"base64", "-w0"}, bytes).out);
    EXPECT_EQ(unbase64(base64(bytes)), bytes);
  }
}

TEST(Encoding, SL122_base64url_agrees_with_the_tool_and_is_padded) {
  for (std::size_t size = 0; size < 20; ++size) {
    const std::string bytes = sample(size);
    EXPECT_EQ(base64url(bytes), run_tool({"basenc", "--base64url", "-w0"}, bytes).out);
    EXPECT_EQ(unbase64url(base64url(bytes)), bytes);
    EXPECT_EQ(unbase64url(base64url(bytes, Padding::without)), bytes);
  }
  EXPECT_EQ(base64url("\xfb\xff", Padding::without), "-_8");
}

TEST(Encoding, SL123_SL124_base32_agrees_with_the_tool) {
  for (std::size_t size = 0; size < 30; ++size) {
    const std::string bytes = sample(size);
    const std::string expected = run_tool({"base32", "-w0"}, bytes).out;
    EXPECT_EQ(base32(bytes), expected);
    EXPECT_EQ(base32(bytes, Padding::without), expected.substr(0, expected.find('=')));
    EXPECT_EQ(unbase32(expected), bytes);
    EXPECT_EQ(unbase32(base32(bytes, Padding::without)), bytes);
  }
}

TEST(Encoding, SL307_base32_is_read_in_any_case) {
  EXPECT_EQ(unbase32("mzxw6yq="), "foob");
}

TEST(Encoding, strict_about_padding_white_space_and_left_over_bits) {
  for (const char* bad : {"QQ", "QQ=", "QQ===", "QR==", "Q", "Q===", "QQ==QQ==", "QUJ\n", "QU-_",
                          "====", "=", " QUJD"}) {
    EXPECT_EQ(unbase64(bad), std::nullopt) << bad;
  }
  for (const char* bad : {"Q", "QQ=", "QR", "QU+/", "=", "=QQ="}) {
    EXPECT_EQ(unbase64url(bad), std::nullopt) << bad;
  }
  for (const char* bad : {"M", "MZ", "MY=", "MZX", "MZXW6Y", "M1======", "MY======MY======", "8"}) {
    EXPECT_EQ(unbase32(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, base58_keeps_leading_zeros) {
  EXPECT_EQ(base58(std::string("\0\0\x01", 3)), "112");
  EXPECT_EQ(base58(""), "");
  EXPECT_EQ(base58("Hello World!"), "2NEpo7TZRRrLZSi2U");
  EXPECT_EQ(unbase58("2NEpo7TZRRrLZSi2U"), "Hello World!");
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string bytes = std::string(size % 4, '\0') + sample(size);
    EXPECT_EQ(unbase58(base58(bytes)), bytes);
  }
  for (const char* bad : {"0", "O", "I", "l", "2NEpo7TZRRrLZSi2U ", "+"}) {
    EXPECT_EQ(unbase58(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, CL029_base58check_detects_every_changed_character) {
  const std::string text = base58check(7, "payload");
  const auto decoded = unbase58check(text);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->version, 7);
  EXPECT_EQ(decoded->payload, "payload");
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '2' ? '3' : '2';
    EXPECT_EQ(unbase58check(changed).has_value(), changed == text);
  }
  EXPECT_FALSE(unbase58check(""));
  EXPECT_FALSE(unbase58check("1111"));
  EXPECT_FALSE(unbase58check(std::string(100'000, '2')));
}

}  // namespace
}  // namespace sconectl::crypto
