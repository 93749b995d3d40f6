// Images of this program: a CAS for clusters, and a command line for those who work in a container.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

/// Names of the images that can be built, sorted.
[[nodiscard]] std::vector<std::string> platform_images();

struct PlatformImage {
  std::string name;       ///< one of platform_images()
  std::string reference;  ///< REPO[:TAG]
  bool push = true;
  std::optional<std::string> engine;
  /// What `cli` is put on: an image with bash. `cas` is put on nothing.
  std::optional<std::string> base;
};

/// Builds an image of this program, and pushes it. Returns how others should name it: by digest if
/// it was pushed. Throws as image::Engine does, and Error{usage} for a reference that is none and
/// for a base that has no effect.
[[nodiscard]] std::string build_platform_image(System& system, const PlatformImage& image);

}  // namespace sconectl::action
