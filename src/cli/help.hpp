// Help that no single command owns.
#pragma once

#include <string>
#include <vector>

namespace sconectl::cli {

[[nodiscard]] std::string general_help();
/// The commands of a group ("session"), or "" if the arguments name none.
[[nodiscard]] std::string group_help(const std::vector<std::string>& arguments);

}  // namespace sconectl::cli
