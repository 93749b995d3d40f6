// Exit status of the program (docs/commands.md).
#pragma once

#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

/// The one table between kinds of errors and exit statuses.
[[nodiscard]] int exit_status(diag::ErrorKind kind);

}  // namespace sconectl::cli
