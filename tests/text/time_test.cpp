#include "sconectl/text/time.hpp"

#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

TEST(Time, utc_in_whole_seconds) {
  using namespace std::chrono;
  EXPECT_EQ(time("2025-06-19T10:56:11Z"), sys_days{2025y / 6 / 19} + 10h + 56min + 11s);
  EXPECT_EQ(time("2024-02-29T00:00:00Z"), sys_days{2024y / 2 / 29});
}

TEST(Time, other_texts_are_none) {
  for (const char* text :
       {"", "2025-06-19", "2025-06-19T10:56:11", "2025-06-19T10:56:11z", "2025-06-19 10:56:11Z",
        "2025-06-19T10:56:11.0Z", "2025-06-19T10:56:11+00:00", "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-06-19T24:00:00Z",
        "2025-06-19T10:60:00Z", "2025-06-19T10:00:60Z", "-025-06-19T10:00:00Z"})
    EXPECT_EQ(time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sconectl::text
