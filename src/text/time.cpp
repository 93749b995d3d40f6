#include "sconectl/text/time.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::text {

std::optional<std::chrono::sys_seconds> time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number<int>(text.substr(at, size)).value_or(0);
  };
  const year_month_day day = year{part(0, 4)} / part(5, 2) / part(8, 2);
  const int of_hour = part(11, 2);
  const int of_minute = part(14, 2);
  const int of_second = part(17, 2);
  if (!day.ok() || of_hour > 23 || of_minute > 59 || of_second > 59) return std::nullopt;
  return sys_days{day} + hours{of_hour} + minutes{of_minute} + seconds{of_second};
}

std::string rfc3339(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  constexpr sys_seconds last = sys_days{year{9999} / 12 / 31} + days{1} - seconds{1};
  const auto shown = std::min(time, last).time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(shown)));
}

}  // namespace sconectl::text
