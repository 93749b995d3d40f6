// Manual pages (man(7)), made from what --help is made from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace sconectl::cli {

/// The page of a command: its options, arguments and examples. The App's name is "sconectl WORDS".
[[nodiscard]] std::string manual_page(const CLI::App& command);
/// The page about the program: commands, exit status, environment.
[[nodiscard]] std::string general_manual_page();
/// The page about the launcher, which is installed beside the program and run in images.
[[nodiscard]] std::string launcher_manual_page();
/// "session create" -> "sconectl-session-create".
[[nodiscard]] std::string manual_name(std::string_view words);

}  // namespace sconectl::cli
