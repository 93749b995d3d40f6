// The launcher: what native images carry instead of the whole program. It knows the commands that
// are run inside of images, `run` and `pod`, by the very functions of the whole program.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::cli {

/// As run_program(), for the commands of the launcher. Every other command is refused with
/// Error{unsupported}, by a text that says what has it.
[[nodiscard]] int run_launcher(action::System& system, Terminal& terminal,
                               std::vector<std::string> arguments);

}  // namespace sconectl::cli
