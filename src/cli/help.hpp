// Help that no single command owns: text for --help and the tables that man pages are made from
// too.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cli {

/// A line of a table: what is typed, set or returned, and what it means.
struct Meaning {
  std::string_view what;
  std::string_view meaning;
};

[[nodiscard]] std::span<const Meaning> options_before_the_command();
[[nodiscard]] std::span<const Meaning> exit_statuses();
/// The variables that the program reads (docs/commands.md lists the same ones).
[[nodiscard]] std::span<const Meaning> environment_variables();

/// What the program is for, in one sentence.
[[nodiscard]] std::string_view purpose_of_the_program();
[[nodiscard]] std::string general_help();
/// The commands of a group ("session"), or "" if the arguments name none.
[[nodiscard]] std::string group_help(const std::vector<std::string>& arguments);

}  // namespace sconectl::cli
