// Times as text.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::text {

/// "2025-06-19T10:56:11Z" (RFC 3339 in UTC, whole seconds); nothing for any other form and for a
/// time that does not exist.
[[nodiscard]] std::optional<std::chrono::sys_seconds> time(std::string_view text);

/// The same form; times beyond the year 9999 are its last second.
[[nodiscard]] std::string rfc3339(std::chrono::sys_seconds time);

}  // namespace sconectl::text
