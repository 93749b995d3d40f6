// Buckets of tokens, to the single token (CC-009).
#include "casd/provisioning/request_rate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sconectl::casd {
namespace {

using std::chrono::milliseconds;

struct Rates : testing::Test {
  /// How many of so many requests pass now.
  int passed(RequestRate& rate, int requests, const std::string& source = "a") const {
    int result = 0;
    for (int i = 0; i < requests; ++i)
      if (!rate.count(source, now)) ++result;
    return result;
  }
  RequestRate::Time now{std::chrono::hours(1)};
};

TEST_F(Rates, a_second_s_worth_at_once_and_then_the_rate) {
  for (const std::uint32_t per_second : {1U, 2U, 3U, 7U, 100U, 999U}) {
    RequestRate rate(per_second);
    const int most = static_cast<int>(per_second);
    EXPECT_EQ(passed(rate, most + 5), most) << per_second;
    int more = 0;
    for (int i = 0; i < 10; ++i) {
      now += milliseconds(500);
      more += passed(rate, most + 5);
    }
    EXPECT_NEAR(more, 5 * most, 1) << per_second;
    now += std::chrono::hours(1);
    EXPECT_EQ(passed(rate, most + 5), most) << "nothing more is saved, at " << per_second;
  }
}

TEST_F(Rates, who_goes_on_while_he_is_refused_is_served_at_the_rate) {
  RequestRate rate(10);
  EXPECT_EQ(passed(rate, 1'000), 10);
  int served = 0;
  for (int i = 0; i < 1'000; ++i) {
    now += milliseconds(1);
    served += passed(rate, 5);
  }
  EXPECT_EQ(served, 10);
}

TEST_F(Rates, the_wait_is_whole_seconds_and_never_none) {
  RequestRate rate(1);
  EXPECT_EQ(passed(rate, 1), 1);
  for (const int after : {0, 1, 500, 999}) {
    const auto refused = rate.count("a", now + milliseconds(after));
    ASSERT_TRUE(refused) << after;
    EXPECT_EQ(refused->wait, std::chrono::seconds(1)) << after;
  }
  EXPECT_FALSE(rate.count("a", now + milliseconds(1'000)));
}

TEST_F(Rates, a_time_of_before_gives_nothing_away) {
  RequestRate rate(2);
  EXPECT_EQ(passed(rate, 2), 2);
  now -= std::chrono::minutes(5);
  EXPECT_EQ(passed(rate, 10), 0);
}

TEST_F(Rates, the_operator_hears_of_an_address_once_a_minute) {
  RequestRate rate(1);
  int told = 0;
  for (int second = 0; second < 120; ++second, now += std::chrono::seconds(1))
    for (int i = 0; i < 5; ++i)
      if (const auto refused = rate.count("a", now); refused && refused->tell) ++told;
  EXPECT_EQ(told, 2);
}

TEST_F(Rates, many_addresses_take_a_bounded_memory_and_do_not_free_others_by_coming_slowly) {
  RequestRate rate(1);
  const auto source = [](std::size_t i) { return std::to_string(i); };
  for (std::size_t i = 0; i < 3 * RequestRate::most_sources; ++i) {
    (void)rate.count(source(i), now);
    ASSERT_LE(rate.sources(), RequestRate::most_sources);
  }
  // Spread over more than a second, those of before are forgotten, and who sends too much is not.
  RequestRate calm(1);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < 2 * RequestRate::most_sources; ++i) {
    if (i % 100 == 0) {
      now += milliseconds(2);
      refused += calm.count("busy", now) ? 1U : 0U;
    }
    (void)calm.count(source(i), now);
  }
  EXPECT_GT(refused, 1'990U);
}

TEST_F(Rates, of_many_threads_no_more_pass) {
  RequestRate rate(1'000);
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { served += passed(rate, 500); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(served, 1'000);
}

}  // namespace
}  // namespace sconectl::casd
