// The programs that talk to hardware.
#pragma once

#include <string>

#include "sconectl/host/processes.hpp"

namespace sconectl::token {

/// Runs it with a bound on the time that it may take. Throws Error{unavailable} if it is not
/// installed or hangs.
[[nodiscard]] host::Exit run_tool(host::Processes& processes, host::Command& command);

/// What a tool that failed says about it, in one line.
[[nodiscard]] std::string words_of(const host::Exit& failed);

}  // namespace sconectl::token
