#include "sconectl/crypto/totp.hpp"

#include <gtest/gtest.h>

namespace sconectl::crypto {
namespace {

Time at(long long seconds) {
  return Time{std::chrono::seconds{seconds}};
}

// RFC 6238 appendix B shows 8 digits; 6 digits are the last ones of them.
TEST(Totp, SL309_RFC6238_vectors) {
  const std::string key = "12345678901234567890";
  EXPECT_EQ(totp(key, totp_step(at(59))), "287082");
  EXPECT_EQ(totp(key, totp_step(at(1111111109))), "081804");
  EXPECT_EQ(totp(key, totp_step(at(1111111111))), "050471");
  EXPECT_EQ(totp(key, totp_step(at(1234567890))), "005924");
  EXPECT_EQ(totp(key, totp_step(at(2000000000))), "279037");
  EXPECT_EQ(totp(key, totp_step(at(20000000000))), "353130");
}

TEST(Totp, SL309_steps_of_thirty_seconds) {
  EXPECT_EQ(totp_step(at(0)), 0U);
  EXPECT_EQ(totp_step(at(29)), 0U);
  EXPECT_EQ(totp_step(at(30)), 1U);
}

}  // namespace
}  // namespace sconectl::crypto
