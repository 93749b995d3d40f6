// Texts of a status or a log.
#pragma once

#include <chrono>
#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

/// The error, its causes and its mistakes in one line; at most 1,000 bytes, no control characters.
[[nodiscard]] std::string one_line(const diag::Error& error);

/// "2026-11-26T10:00:00Z"
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace sconectl::action
