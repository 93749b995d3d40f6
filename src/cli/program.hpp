// The whole program, apart from the machine that it runs on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::cli {

/// The command line as the program reads it when it is called as `program`, which may be a path:
/// kubectl calls its plugin `kubectl-provision` with what follows `kubectl provision`.
[[nodiscard]] std::vector<std::string> as_called(std::string_view program,
                                                 std::vector<std::string> arguments);

/// Finds the command that `arguments` (without the program's name) ask for, runs it, tells errors,
/// and returns the exit status (docs/commands.md).
[[nodiscard]] int run_program(action::System& system, Terminal& terminal,
                              std::vector<std::string> arguments);

}  // namespace sconectl::cli
