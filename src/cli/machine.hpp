// A program on the real machine, whichever of our two it is.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::cli {

using Main = std::function<int(action::System& system, Terminal& terminal,
                               std::vector<std::string> arguments)>;

/// The exit status of `program` with the arguments of main(), of which the first is the program's
/// name. Signals are watched; output that can not be written is a failure.
[[nodiscard]] int on_this_machine(int argc, char** argv, const Main& program) noexcept;

/// Runs the words of a command line: what it keeps for the file of -o is written, an error is told,
/// and both become the exit status.
[[nodiscard]] int run_to_status(action::System& system, Terminal& terminal,
                                const std::function<int()>& words);

}  // namespace sconectl::cli
