// The Dockerfile of a service image.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/image/recipe.hpp"

namespace sconectl::image {

/// The second Dockerfile of an image for Gramine: `base` with its signature.
[[nodiscard]] std::string signing_dockerfile(const std::string& base,
                                             const std::map<std::string, std::string>& labels);

/// ENTRYPOINT of a native image and of one for Gramine.
[[nodiscard]] std::vector<std::string> native_entrypoint(const std::string& program);
[[nodiscard]] std::vector<std::string> gramine_entrypoint();

[[nodiscard]] std::string dockerfile(const Recipe& recipe);

/// A `run` item as one line: line ends become blanks, and a '\' that continued a line goes.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace sconectl::image
