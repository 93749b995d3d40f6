// What a cluster needs beside the services: charts of the CAS and of a LAS.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

/// Names of the charts that are in the program, sorted.
[[nodiscard]] std::vector<std::string> platform_charts();

struct PlatformChart {
  std::string name;                  ///< one of platform_charts()
  std::filesystem::path directory;   ///< where it goes
  std::optional<std::string> image;  ///< the chart's value `image`
};

/// Writes a Helm chart. A directory that holds the chart already is replaced; one that holds
/// anything else is left as it is: Error{invalid} that names it. Error{usage} for an image that is
/// no reference.
void write_platform_chart(System& system, const PlatformChart& chart);

}  // namespace sconectl::action
