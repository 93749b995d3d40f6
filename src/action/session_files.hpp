// The directory session_files/ under the target directory (docs/target-directory.md).
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/host/files.hpp"

namespace sconectl::action {

inline constexpr const char* session_directory = "session_files";

/// Modes of what may hold keys or tokens.
inline constexpr unsigned secret_file_mode = 0600;
inline constexpr unsigned secret_directory_mode = 0700;

/// The files in such a directory as they are now, whatever they are called; none if there is no
/// directory.
[[nodiscard]] host::Tree session_files(const host::Files& files,
                                       const std::filesystem::path& directory);

/// "<F>.env": what a native service is started with.
[[nodiscard]] std::string environment_file_name(const std::string& session);

}  // namespace sconectl::action
