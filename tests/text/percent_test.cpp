#include "sconectl/text/percent.hpp"

#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

TEST(Percent, what_is_encoded_is_decoded) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decoded(percent_encoded(all)), all);
  EXPECT_EQ(percent_encoded("aZ09-._~ /\xc3\xbc"), "aZ09-._~%20%2F%C3%BC");
  EXPECT_EQ(percent_encoded("a/b c", "/"), "a/b%20c");
}

TEST(Percent, RA008_broken_escapes_are_no_text) {
  EXPECT_EQ(percent_decoded("a%2Fb%00+"), std::string("a/b\0+", 5));
  for (const char* text : {"%", "%2", "%zz", "a%", "%2g", "%%", "%-1", "%+1", "% 1"})
    EXPECT_EQ(percent_decoded(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sconectl::text
