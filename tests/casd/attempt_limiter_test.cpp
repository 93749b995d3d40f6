// The bounds of guessing, to the single guess (RA-019).
#include "casd/provisioning/attempt_limiter.hpp"

#include <gtest/gtest.h>

#include "casd/provisioning/challenges.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

struct Guesses : testing::Test {
  /// A wrong guess, or whether it was heard at all.
  bool heard(const std::string& source, const std::string& subject = "a/py") {
    try {
      limiter.attempt(subject, source, now);
      return true;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::too_many);
      refusal = error.text();
      return false;
    }
  }
  void right(const std::string& source) {
    EXPECT_TRUE(heard(source));
    limiter.succeeded("a/py", source);
  }
  static std::string stranger(int number) { return "stranger " + std::to_string(number); }

  AttemptLimiter limiter{"guesses", AttemptLimits{.of_source = 2, .of_strangers = 4}};
  AttemptLimiter::Time now{std::chrono::hours(1)};
  std::string refusal;
};

TEST_F(Guesses, RA019_a_source_has_as_many_as_the_limit_says) {
  EXPECT_TRUE(heard("x"));
  EXPECT_TRUE(heard("x"));
  EXPECT_FALSE(heard("x"));
  EXPECT_EQ(refusal,
            "too many wrong guesses for this service from this address; try again in 300 s");
  EXPECT_TRUE(heard("y"));
  EXPECT_TRUE(heard("x", "b/py")) << "another service is another subject";
}

TEST_F(Guesses, RA019_strangers_together_have_a_bound_and_who_was_right_is_none) {
  right("owner");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard(stranger(i)));
  EXPECT_FALSE(heard(stranger(4)));
  EXPECT_EQ(refusal, "too many wrong guesses for this service; try again in 300 s");
  EXPECT_TRUE(heard("owner"));
  EXPECT_TRUE(heard("owner"));
  EXPECT_FALSE(heard("owner")) << "the owner's own limit holds, too";
}

TEST_F(Guesses, RA019_a_right_guess_takes_back_only_itself) {
  EXPECT_TRUE(heard("x"));
  right("x");
  EXPECT_TRUE(heard("x")) << "one wrong guess before, one after";
  EXPECT_FALSE(heard("x"));
  // One stranger has guessed wrong before he was right: three more are heard.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(heard(stranger(i)));
  EXPECT_FALSE(heard(stranger(3)));
}

TEST_F(Guesses, RA019_who_is_right_in_the_next_window_takes_nothing_from_it) {
  right("owner");
  EXPECT_TRUE(heard("slow"));
  now += AttemptLimiter::window;
  EXPECT_TRUE(heard("owner"));
  limiter.succeeded("a/py", "slow");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard(stranger(i)));
  EXPECT_FALSE(heard(stranger(4)));
}

TEST_F(Guesses, RA019_a_window_ends_to_the_second) {
  EXPECT_TRUE(heard("x"));
  now += std::chrono::seconds(100);
  EXPECT_TRUE(heard("x"));
  now += std::chrono::seconds(199);
  EXPECT_FALSE(heard("x"));
  EXPECT_NE(refusal.find("try again in 1 s"), std::string::npos) << refusal;
  now += std::chrono::seconds(1);
  EXPECT_TRUE(heard("x"));
  EXPECT_TRUE(heard("x"));
  EXPECT_FALSE(heard("x"));
}

TEST_F(Guesses, RA019_sixteen_sources_are_known) {
  for (int i = 10; i < 26; ++i) right(stranger(i));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard("wrong " + std::to_string(i)));
  EXPECT_TRUE(heard(stranger(10)));
  now += AttemptLimiter::window;
  right(stranger(26));  // one of the others is a stranger again
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard("wrong " + std::to_string(i)));
  EXPECT_FALSE(heard(stranger(10)));
  EXPECT_TRUE(heard(stranger(11)));
  EXPECT_TRUE(heard(stranger(26)));
}

TEST_F(Guesses, RA019_without_a_bound_for_strangers_nobody_is_known) {
  AttemptLimiter by_source("tokens", AttemptLimits{.of_source = 1, .of_strangers = {}});
  for (int i = 0; i < 100; ++i) EXPECT_NO_THROW(by_source.attempt("a", stranger(i), now));
  EXPECT_THROW(by_source.attempt("a", stranger(0), now), diag::Error);
  by_source.succeeded("a", stranger(1));
  EXPECT_NO_THROW(by_source.attempt("a", stranger(1), now));
  EXPECT_THROW(by_source.attempt("a", stranger(0), now), diag::Error);
}

/// Memory is bounded: whoever has that many addresses starts the count anew.
TEST_F(Guesses, RA019_ten_thousand_sources_are_counted) {
  AttemptLimiter by_source("tokens", AttemptLimits{.of_source = 1, .of_strangers = {}});
  for (int i = 0; i < 10'000; ++i) by_source.attempt("a", stranger(i), now);
  EXPECT_THROW(by_source.attempt("a", stranger(0), now), diag::Error);
  EXPECT_NO_THROW(by_source.attempt("a", "one more", now));
  EXPECT_NO_THROW(by_source.attempt("a", stranger(0), now));
}

/// So many services do not exist by accident: of those whose window has ended nothing is kept.
TEST_F(Guesses, RA019_beyond_a_hundred_thousand_subjects_those_that_ended_are_forgotten) {
  right("owner");
  for (int i = 1; i < 100'000; ++i) limiter.attempt("s" + std::to_string(i), "x", now);
  now += AttemptLimiter::window - std::chrono::seconds(1);
  EXPECT_TRUE(heard("x", "one more"));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard(stranger(i)));
  EXPECT_TRUE(heard("owner")) << "known still";
  now += std::chrono::seconds(1);
  EXPECT_TRUE(heard("x", "and another"));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(heard(stranger(i)));
  EXPECT_FALSE(heard("owner")) << "a stranger again";
}

TEST(Nonces, RA084_end_after_two_minutes_to_the_second) {
  Challenges challenges;
  const Challenges::Time begin{std::chrono::hours(1)};
  const auto first = challenges.make(begin);
  const auto second = challenges.make(begin);
  EXPECT_TRUE(challenges.use(first, begin + std::chrono::seconds(119)));
  EXPECT_FALSE(challenges.use(first, begin + std::chrono::seconds(119)));
  EXPECT_FALSE(challenges.use(second, begin + std::chrono::seconds(120)));
}

/// Those that have ended are forgotten, and only those.
TEST(Nonces, RA084_used_ones_are_remembered_until_they_end) {
  Challenges challenges;
  Challenges::Time now{std::chrono::hours(1)};
  std::vector<std::string> used;
  for (int i = 0; i < 5; ++i, now += std::chrono::seconds(30)) {
    used.push_back(challenges.make(now));
    EXPECT_TRUE(challenges.use(used.back(), now));
    for (const auto& nonce : used) EXPECT_FALSE(challenges.use(nonce, now));
  }
}

TEST(Nonces, RA084_of_another_size_or_of_another_cas_are_refused) {
  Challenges challenges;
  Challenges other;
  const Challenges::Time now{std::chrono::hours(1)};
  const auto nonce = challenges.make(now);
  EXPECT_FALSE(challenges.use("", now));
  EXPECT_FALSE(challenges.use(nonce + "x", now));
  EXPECT_FALSE(challenges.use(nonce.substr(0, 31), now));
  EXPECT_FALSE(other.use(nonce, now));
  EXPECT_TRUE(challenges.use(nonce, now));
}

}  // namespace
}  // namespace sconectl::casd
