// `image diff`: why two images are not the same.
#pragma once

#include <string>
#include <vector>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

struct ImageDifference {
  std::string what;   ///< "Entrypoint", "label a", "/app/main.py"
  std::string left;   ///< what the first image has; "" if it has nothing
  std::string right;  ///< the second
};

struct ImageDiff {
  std::string left_digest;  ///< of the manifests
  std::string right_digest;
  /// The configuration first, then files by path.
  std::vector<ImageDifference> differences;
};

/// Images in registries, or "oci:DIRECTORY[:NAME]". Error{unavailable} if one can not be read.
[[nodiscard]] ImageDiff diff_images(System& system, const std::string& left,
                                    const std::string& right);

}  // namespace sconectl::action
