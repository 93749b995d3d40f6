#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

#include "casd/metrics/exposition.hpp"
#include "casd/published_metrics.hpp"

namespace sconectl::test {

using casd::Counter;
using casd::DurationHistogram;
using casd::Exposition;

namespace {

bool holds(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

}  // namespace

TEST(Metrics, CountsOfSeveralThreadsAreAllThere) {
  Counter counter;
  DurationHistogram histogram;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        counter.add();
        histogram.observe(std::chrono::milliseconds(1));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 4000U);
  EXPECT_EQ(histogram.reading().buckets[3], 4000U);
  EXPECT_NEAR(histogram.reading().seconds, 4.0, 1e-9);
}

TEST(Metrics, ABoundBelongsToItsBucketAndNothingIsLost) {
  DurationHistogram histogram;
  histogram.observe(std::chrono::nanoseconds(100'001));
  histogram.observe(std::chrono::seconds(1000));
  histogram.observe(std::chrono::seconds(-1));
  Exposition out;
  out.family("a_seconds", Exposition::Type::histogram, "Time.");
  out.sample({{"route", "/v1"}}, histogram);
  EXPECT_TRUE(holds(out.text(), R"(a_seconds_bucket{route="/v1",le="0.0001"} 1)")) << out.text();
  EXPECT_TRUE(holds(out.text(), R"(a_seconds_bucket{route="/v1",le="0.00025"} 2)"));
  EXPECT_TRUE(holds(out.text(), R"(a_seconds_bucket{route="/v1",le="10"} 2)"));
  EXPECT_TRUE(holds(out.text(), R"(a_seconds_bucket{route="/v1",le="+Inf"} 3)"));
  EXPECT_TRUE(holds(out.text(), R"(a_seconds_count{route="/v1"} 3)"));
}

TEST(Metrics, ALabelCanNotEndItsLine) {
  Exposition out;
  out.family("a", Exposition::Type::gauge, "Something.");
  out.sample({{"x", "\"} 7\nb 1\\"}}, std::uint64_t{0});
  out.sample({}, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(holds(out.text(), R"(a{x="\"} 7\nb 1\\"} 0)")) << out.text();
  EXPECT_TRUE(holds(out.text(), "a +Inf"));
}

TEST(Metrics, PromtoolTakesIt) {
  if (!has_promtool()) GTEST_SKIP() << "promtool (Debian: prometheus) is not installed";
  Exposition out;
  out.family("cas_requests_total", Exposition::Type::counter, "Requests.");
  out.sample({{"code", "2xx"}}, std::uint64_t{0});
  out.family("cas_request_duration_seconds", Exposition::Type::histogram, "Time.");
  out.sample({{"route", "a\"\n\\"}}, DurationHistogram());
  EXPECT_EQ(judged_by_promtool(out.text()), 0) << out.text();
  EXPECT_NE(judged_by_promtool(out.text() + "broken{ 1\n"), 0);
}

}  // namespace sconectl::test
