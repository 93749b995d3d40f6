#include "action/build_time.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::action {

std::optional<std::uint64_t> source_date_epoch(const System& system) {
  const std::string text = system.environment.get_or("SOURCE_DATE_EPOCH", "");
  if (text.empty()) return std::nullopt;
  constexpr std::uint64_t last = (std::uint64_t{1} << 33U) - 1;  // what an archive holds
  const auto seconds = text::number<std::uint64_t>(text);
  if (!seconds || *seconds > last)
    throw diag::Error(
        diag::ErrorKind::usage,
        fmt::format("SOURCE_DATE_EPOCH is '{}', and has to be seconds since 1970", text));
  return seconds;
}

}  // namespace sconectl::action
