// Links that an image has in the places of injected files, so that a container that may not write
// to its own file system can still get them (docs/native-runtime.md).
#pragma once

#include <string_view>

namespace sconectl::host {

/// The memory file system that every container has and may write to.
inline constexpr std::string_view memory_directory = "/dev/shm";

/// What the names of the targets begin with; they stand directly in memory_directory.
inline constexpr std::string_view memory_link_prefix = ".sconectl-";

}  // namespace sconectl::host
