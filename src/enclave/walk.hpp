// The way through the files of an image.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/enclave/file_tree.hpp"

namespace sconectl::enclave {

/// `directory`/`name`.
[[nodiscard]] std::string below(const std::string& directory, std::string_view name);

/// The absolute path without links; nothing for one that leads nowhere or in a circle.
[[nodiscard]] std::optional<std::string> without_links(const FileTree& tree,
                                                       const std::string& path);

/// Every file of the whole tree, under each path that leads to it through linked directories (a
/// program may open it under any of them), but for links that lead into a directory they are in.
/// Sorted. `excluded` is asked for files and directories. Throws Error{invalid} for more than
/// `most` files and directories.
[[nodiscard]] std::vector<std::string> all_files(
    const FileTree& tree, const std::function<bool(const std::string& path)>& excluded,
    std::size_t most = 1'000'000);

/// Every file below a directory; linked directories are not entered (Gramine's rule for URIs that
/// end with '/'). Sorted.
[[nodiscard]] std::vector<std::string> files_below(const FileTree& tree,
                                                   const std::string& directory);

/// What changes with every start or is not the image's: devices, secrets of the system, what
/// container engines mount.
[[nodiscard]] bool is_changing(const std::string& path);

}  // namespace sconectl::enclave
