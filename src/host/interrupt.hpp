// What the rest of the room needs to know about SIGINT and SIGTERM.
#pragma once

namespace sconectl::host {

/// Becomes readable, and stays so, when a signal arrives inside an InterruptWatch; -1 outside.
[[nodiscard]] int interrupt_descriptor();

/// Whether the signal came from the terminal, which sent it to our child processes as well.
[[nodiscard]] bool interrupt_came_from_terminal();

}  // namespace sconectl::host
