#include "sconectl/session/duration.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <string>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::session {
namespace {

struct Unit {
  std::string_view word;
  std::int64_t seconds;
};
// A month is 30.44 days, a year 365.25 days.
constexpr std::array units{
    Unit{"s", 1},           Unit{"sec", 1},          Unit{"second", 1},       Unit{"seconds", 1},
    Unit{"m", 60},          Unit{"min", 60},         Unit{"minute", 60},      Unit{"minutes", 60},
    Unit{"h", 3600},        Unit{"hour", 3600},      Unit{"hours", 3600},     Unit{"d", 86400},
    Unit{"day", 86400},     Unit{"days", 86400},     Unit{"w", 604800},       Unit{"week", 604800},
    Unit{"weeks", 604800},  Unit{"month", 2630016},  Unit{"months", 2630016}, Unit{"y", 31557600},
    Unit{"year", 31557600}, Unit{"years", 31557600},
};
constexpr std::int64_t longest = 4000LL * 31557600LL;

[[noreturn]] void fail(std::string_view text) {
  throw diag::Error(
      diag::ErrorKind::invalid,
      fmt::format("'{}' is no duration; write a number and a unit, such as '90 days', "
                  "'1 year', '24h' or '1h 30m'",
                  text));
}

void skip_spaces(std::string_view& rest) {
  (void)text::take_while(rest, [](char c) { return c == ' ' || c == '\t'; });
}

}  // namespace

std::chrono::seconds parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::string_view rest = text;
  skip_spaces(rest);
  while (!rest.empty()) {
    const auto digits = text::take_while(rest, text::is_digit);
    if (digits.empty()) fail(text);
    skip_spaces(rest);
    const auto word = text::take_while(rest, text::is_letter);
    const Unit* unit = nullptr;
    for (const Unit& candidate : units)
      if (candidate.word == word) unit = &candidate;
    if (unit == nullptr) fail(text);
    const auto count = text::number<std::int64_t>(digits);
    if (!count || *count > (longest - total) / unit->seconds)
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("'{}' is longer than 4000 years", text));
    total += *count * unit->seconds;
    skip_spaces(rest);
  }
  if (total == 0)
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("'{}' is no time at all; a duration must be longer than zero", text));
  return std::chrono::seconds(total);
}

}  // namespace sconectl::session
