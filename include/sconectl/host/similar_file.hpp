// "did you mean" for file names.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/host/files.hpp"

namespace sconectl::host {

/// "; did you mean 'DIR/NAME'?" with the entry of the same directory whose name is nearest to that
/// of `path`, which does not exist; "" if no name is near, or the directory can not be read.
[[nodiscard]] std::string did_you_mean_file(const Files& files, const std::filesystem::path& path);

}  // namespace sconectl::host
