// The header `traceparent`, to the letter (W3C Trace Context, 3.2).
#include "casd/tracing/trace_context.hpp"

#include <gtest/gtest.h>

namespace sconectl::casd {
namespace {

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent_id = "00f067aa0ba902b7";

std::string header(const std::string& version, const std::string& flags,
                   const std::string& more = "") {
  return version + "-" + trace_id + "-" + parent_id + "-" + flags + more;
}

TEST(TraceContexts, what_callers_send) {
  const auto context = parse_traceparent(header("00", "01"));
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, trace_id);
  EXPECT_EQ(context->parent_id, parent_id);
  EXPECT_TRUE(context->sampled);
  for (const auto* flags : {"00", "02", "f0", "fe"})
    EXPECT_FALSE(parse_traceparent(header("00", flags))->sampled) << flags;
  for (const auto* flags : {"03", "ff", "0b"})
    EXPECT_TRUE(parse_traceparent(header("00", flags))->sampled) << flags;
  EXPECT_TRUE(parse_traceparent(header("01", "01")));
  EXPECT_TRUE(parse_traceparent(header("cc", "01", "-what-comes-later")));
}

TEST(TraceContexts, everything_else_is_none) {
  const std::string good = header("00", "01");
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(parse_traceparent(good.substr(0, i))) << i;
    // g is no digit, and nothing stands for a dash.
    for (const char wrong : {'g', 'A', ' ', '\0', '"'}) {
      auto changed = good;
      changed[i] = wrong;
      EXPECT_FALSE(parse_traceparent(changed)) << i << wrong;
    }
  }
  for (const auto& wrong :
       {std::string(), std::string(55, '-'), header("ff", "01"), header("00", "01", "-more"),
        header("00", "01", " "), header("01", "01", "x"), header("01", "01", "0-"), " " + good,
        header("00", "0A"), header("0", "001"),
        "00-" + std::string(32, '0') + "-" + parent_id + "-01",
        "00-" + trace_id + "-" + std::string(16, '0') + "-01", std::string(100'000, '0')})
    EXPECT_FALSE(parse_traceparent(wrong)) << wrong.substr(0, 80);
}

}  // namespace
}  // namespace sconectl::casd
