// What a cluster needs beside the services: charts of the CAS and of a LAS, and an image of the
// CAS.
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

struct CasImage {
  std::string reference;  ///< REPO[:TAG]
  bool push = true;
  std::optional<std::string> engine;
};

/// Builds an image that holds this program alone, and pushes it. Returns how a cluster should name
/// it: by digest if it was pushed. Throws as image::Engine does, and Error{usage} for a reference
/// that is none.
[[nodiscard]] std::string build_cas_image(System& system, const CasImage& image);

}  // namespace sconectl::action
