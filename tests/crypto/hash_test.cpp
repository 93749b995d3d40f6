#include "sconectl/crypto/hash.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

TEST(Hash, agrees_with_the_coreutils) {
  const auto first_word = [](const std::string& line) { return line.substr(0, line.find(' ')); };
  for (const std::string& text : {std::string(), std::string("abc"), std::string(100'000, 'a')}) {
    EXPECT_EQ(hex(view(sha256(text))), first_word(test::run_tool({"sha256sum"}, text).out));
    EXPECT_EQ(hex(sha384(text)), first_word(test::run_tool({"sha384sum"}, text).out));
    EXPECT_EQ(hex(sha512(text)), first_word(test::run_tool({"sha512sum"}, text).out));
    EXPECT_EQ(hex(sha1(text)), first_word(test::run_tool({"sha1sum"}, text).out));
  }
}

TEST(Hash, RFC4231_and_RFC2202_hmac) {
  EXPECT_EQ(hex(view(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Hash, an_empty_key_is_a_key) {
  EXPECT_EQ(hex(view(hmac_sha256("", ""))),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  static_cast<void>(hmac_sha256("other", ""));
  EXPECT_EQ(hex(view(hmac_sha256({}, {}))),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, of_parts_is_that_of_the_whole) {
  Sha256 parts;
  for (const char* part : {"", "a", "bc", ""}) parts.update(part);
  EXPECT_EQ(parts.finish(), sha256("abc"));
  Sha256 nothing;
  EXPECT_EQ(nothing.finish(), sha256(""));
}

}  // namespace
}  // namespace sconectl::crypto
