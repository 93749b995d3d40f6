// The whole program, apart from the machine that it runs on.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::cli {

/// Finds the command that `arguments` (without the program's name) ask for, runs it, tells errors,
/// and returns the exit status (docs/commands.md).
[[nodiscard]] int run_program(action::System& system, Terminal& terminal,
                              std::vector<std::string> arguments);

}  // namespace sconectl::cli
