#include "sconectl/host/similar_file.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::host {

std::string did_you_mean_file(const Files& files, const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  try {
    const auto nearest =
        diag::nearest(path.filename().string(), files.list(parent.empty() ? "." : parent));
    return nearest ? fmt::format("; did you mean '{}'?", (parent / *nearest).string()) : "";
  } catch (const diag::Error&) {
    return "";  // the caller's own error says what is missing
  }
}

}  // namespace sconectl::host
