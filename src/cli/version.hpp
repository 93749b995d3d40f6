// What version this is.
#pragma once

#include <string>

namespace sconectl::cli {

/// "sconectl 0.1.0": one line whose last word is the version (CL-005).
[[nodiscard]] std::string version_line();

}  // namespace sconectl::cli
