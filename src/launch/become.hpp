// From this process to the program of the service.
#pragma once

#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

/// The file that execve gets, looked up as execvp does in launch.path (a relative path or element
/// starts at the working directory). Throws Error{unavailable} that names the program.
[[nodiscard]] std::string program_file(const Launch& launch);

/// Changes to the working directory, restores the signals, and replaces the process. Throws
/// Error{unavailable} if that is not possible.
[[noreturn]] void become(Launch& launch);

}  // namespace sconectl::launch
