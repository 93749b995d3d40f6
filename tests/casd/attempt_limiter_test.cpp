#include "casd/provisioning/attempt_limiter.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

const AttemptLimiter::Time start{std::chrono::seconds(1000)};

bool allowed(AttemptLimiter& limiter, const std::string& source, AttemptLimiter::Time at = start,
             const std::string& subject = "s") {
  try {
    limiter.attempt(subject, source, at);
    return true;
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::too_many);
    return false;
  }
}

TEST(AttemptLimiter, RA019_a_source_and_all_strangers_have_a_number_each) {
  AttemptLimiter limiter("words", {.of_source = 2, .of_strangers = 3});
  EXPECT_TRUE(allowed(limiter, "a"));
  EXPECT_TRUE(allowed(limiter, "a"));
  EXPECT_FALSE(allowed(limiter, "a"));
  EXPECT_TRUE(allowed(limiter, "b"));
  EXPECT_FALSE(allowed(limiter, "c")) << "the fourth of all strangers";
  EXPECT_TRUE(allowed(limiter, "a", start, "t")) << "another subject";
  EXPECT_FALSE(allowed(limiter, "c", start + AttemptLimiter::window - std::chrono::seconds(1)));
  EXPECT_TRUE(allowed(limiter, "c", start + AttemptLimiter::window));
}

TEST(AttemptLimiter, RA019_who_was_right_is_no_stranger) {
  AttemptLimiter limiter("words", {.of_source = 2, .of_strangers = 1});
  EXPECT_TRUE(allowed(limiter, "a"));
  limiter.succeeded("s", "a");
  EXPECT_TRUE(allowed(limiter, "b"));
  EXPECT_FALSE(allowed(limiter, "c"));
  EXPECT_TRUE(allowed(limiter, "a"));
  EXPECT_TRUE(allowed(limiter, "a"));
  EXPECT_FALSE(allowed(limiter, "a")) << "but it has a number of its own";
}

/// The sixteen that are remembered are the first to be forgotten when there are more.
TEST(AttemptLimiter, RA019_sixteen_sources_are_remembered) {
  AttemptLimiter limiter("words", {.of_source = 5, .of_strangers = 1});
  for (char name = 'a'; name <= 'q'; ++name) {
    EXPECT_TRUE(allowed(limiter, std::string(1, name)));
    limiter.succeeded("s", std::string(1, name));
  }
  EXPECT_TRUE(allowed(limiter, "stranger"));
  int known = 0;
  for (char name = 'a'; name <= 'q'; ++name)
    known += allowed(limiter, std::string(1, name)) ? 1 : 0;
  EXPECT_EQ(known, 16);
}

TEST(AttemptLimiter, RA019_memory_for_sources_is_bounded) {
  AttemptLimiter limiter("words", {.of_source = 1, .of_strangers = {}});
  EXPECT_TRUE(allowed(limiter, "a"));
  for (int i = 0; i < 9'999; ++i) {
    EXPECT_FALSE(allowed(limiter, "a")) << i;
    EXPECT_TRUE(allowed(limiter, std::to_string(i)));
  }
  EXPECT_TRUE(allowed(limiter, "one more"));
  EXPECT_TRUE(allowed(limiter, "a")) << "forgotten with the others";
}

}  // namespace
}  // namespace sconectl::casd
