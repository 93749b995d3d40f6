// What a container engine's failure means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::image {

/// The last line of a text that is not empty, without the engine's own "Error: " in front.
[[nodiscard]] std::string last_line(const std::string& text);

/// A line as the step of a build has said it: without the number of the step and the seconds that
/// BuildKit puts in front ("#8 1.782 …", "1.782 …").
[[nodiscard]] std::string_view without_step(std::string_view line);

/// The error for a command that ended with a status although the engine is at work. `kind` is the
/// caller's judgement: the engine's words differ between versions and are only shown. `doing`
/// completes "docker could not …". `last_lines` are the last lines of all output, for the causes.
[[nodiscard]] diag::Error engine_failure(diag::ErrorKind kind, const std::string& engine,
                                         const std::string& doing, const host::Exit& exit,
                                         const std::vector<std::string>& last_lines);

/// A reference that can not be taken for an option; Error{invalid}.
[[nodiscard]] const std::string& checked_reference(const std::string& reference);

/// Error{unavailable} for an engine that does not answer at all; `exit` is how its program ended.
[[nodiscard]] diag::Error engine_silent(const std::string& engine, const host::Exit& exit);

}  // namespace sconectl::image
