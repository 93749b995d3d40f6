// Texts of a status or a log.
#pragma once

#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

/// The error, its causes and its mistakes in one line; at most 1,000 bytes, no control characters.
[[nodiscard]] std::string one_line(const diag::Error& error);

}  // namespace sconectl::action
