// What the files of an image are like, for their list and for comparing them with it.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "sconectl/crypto/file_list.hpp"

namespace sconectl::launch {

/// Sorted bytewise; nothing, and errno, for a directory that can not be read.
[[nodiscard]] std::optional<std::vector<std::string>> names_in(const std::string& directory);
/// In hex; nothing, and errno, for a file that can not be read.
[[nodiscard]] std::optional<std::string> sha256_of(const std::string& path);
/// "" for what is no link.
[[nodiscard]] std::string link_target(const std::string& path);
/// Nothing for what no list names.
[[nodiscard]] std::optional<crypto::ListedKind> kind_of(const struct stat& found);
/// The permission bits; 0 for links.
[[nodiscard]] unsigned mode_of(const struct stat& found);
[[nodiscard]] std::string joined(const std::string& directory, const std::string& name);

}  // namespace sconectl::launch
