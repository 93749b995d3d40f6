// Durations such as `1 year`, `90 days`, `1h 30m` (SL-143).
#pragma once

#include <chrono>
#include <string_view>

namespace sconectl::session {

/// Throws Error{invalid} for a text that is no duration, for zero and for more than 4000 years.
[[nodiscard]] std::chrono::seconds parse_duration(std::string_view text);

}  // namespace sconectl::session
