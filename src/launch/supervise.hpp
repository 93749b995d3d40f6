// The launcher as the parent of the program: process 1 of a container, or because it renews files.
#pragma once

#include <functional>
#include <string_view>

#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

/// What a launcher calls itself that stays: it waits for nothing any more (see launcher_name).
inline constexpr std::string_view supervisor_name = "sconectl-init";

/// Starts the program in a process group of its own, which has the terminal if there is one, and
/// stays until it ends: passes on every signal that a process can be sent and that does not stop
/// it, and takes in the exit status of whatever else ends below it. `started` gets the program's
/// process. The launch is wiped. Returns the program's exit status, or 128 and the signal that
/// ended it. In the program's process it throws as become(); Error{failed} if there can be none.
[[nodiscard]] int supervise(Launch& launch, const std::function<void(int program)>& started);

}  // namespace sconectl::launch
