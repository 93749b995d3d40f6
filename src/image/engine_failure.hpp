// What a container engine's failure means.
#pragma once

#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::image {

/// The engine says that it does not have this image.
[[nodiscard]] bool says_missing_image(const std::string& message);

/// The last line of a text that is not empty, without the engine's own "Error: " in front.
[[nodiscard]] std::string last_line(const std::string& text);

/// The error for a command that ended with a status. `doing` completes "docker could not …".
/// `last_lines` are the last lines of all output, for the causes.
[[nodiscard]] diag::Error engine_failure(const std::string& engine, const std::string& doing,
                                         const host::Exit& exit,
                                         const std::vector<std::string>& last_lines);

}  // namespace sconectl::image
