#include "cli/facts.hpp"

#include <fmt/ranges.h>

#include <vector>

namespace sconectl::cli {

std::string lines_of(const Facts& facts) {
  std::string text;
  for (const auto& [name, value] : facts.items()) {
    std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array())
      shown = fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), " "));
    text.append(fmt::format("{}: {}\n", name, shown.empty() ? "-" : shown));
  }
  return text;
}

}  // namespace sconectl::cli
