// Where a template of the image lies once its values were filled in (SL-250).
#pragma once

#include <string>

namespace sconectl::launch {

[[nodiscard]] inline std::string template_place(const std::string& path) {
  return path + ".sconectl-template";
}

}  // namespace sconectl::launch
