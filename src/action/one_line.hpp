// Errors as they stand in one line of a status or a log.
#pragma once

#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

/// The error, its causes and its mistakes; at most 1,000 bytes, no control characters.
[[nodiscard]] std::string one_line(const diag::Error& error);

}  // namespace sconectl::action
