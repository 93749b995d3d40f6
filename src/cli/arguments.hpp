// The command line before it is looked at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::cli {

/// `@file` becomes the lines of the file, recursively; `@@x` is a literal `@x` (CL-003). What
/// follows `--` is
/// left alone.
[[nodiscard]] std::vector<std::string> with_argument_files(const host::Files& files,
                                                           std::vector<std::string> arguments);

/// Takes the options that may stand before the command (CL-001): -c/--config, -o, --json, -q, -v.
[[nodiscard]] std::vector<std::string> take_global_options(Invocation& invocation,
                                                           std::vector<std::string> arguments);

/// An option that may be left out: "" was not given.
[[nodiscard]] std::optional<std::string> given(const std::string& text);

/// The `NAME=VALUE`s of `-e` (CL-037). Throws Error{usage} for one without `=` or with a bad name.
[[nodiscard]] std::map<std::string, std::string> assignments(const std::vector<std::string>& texts);

}  // namespace sconectl::cli
