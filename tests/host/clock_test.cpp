#include "sconectl/host/clock.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {
namespace {

TEST(SystemClock, sleeps_as_long_as_told) {
  const auto clock = system_clock();
  const auto start = clock->steady();
  clock->sleep(std::chrono::milliseconds(120));
  EXPECT_GE(clock->steady() - start, std::chrono::milliseconds(120));
}

TEST(SystemClock, sleep_ends_with_an_interrupt) {
  const InterruptWatch watch;
  const auto clock = system_clock();
  std::raise(SIGINT);
  EXPECT_EQ(interrupted_by(), SIGINT);
  EXPECT_THROW(clock->sleep(std::chrono::seconds(30)), diag::Error);
}

TEST(InterruptWatch, nests_and_starts_afresh) {
  {
    const InterruptWatch outer;
    { const InterruptWatch inner; }
    std::raise(SIGTERM);  // still watched
    EXPECT_EQ(wait_for_interrupt(), SIGTERM);
  }
  const InterruptWatch again;
  EXPECT_EQ(interrupted_by(), 0);
}

}  // namespace
}  // namespace sconectl::host
