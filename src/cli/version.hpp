// What version this is.
#pragma once

#include <string>

namespace sconectl::cli {

/// "sconectl 0.1.0": one line whose last word is the version (CL-005).
[[nodiscard]] std::string version_line();
/// "0.1.0"
[[nodiscard]] std::string version_number();
/// The day that this version was made, "2026-11-26", or "" if nobody knows.
[[nodiscard]] std::string version_date();

}  // namespace sconectl::cli
