// Files of one directory that a stranger may have prepared.
#pragma once

#include <filesystem>
#include <memory>

#include "sconectl/host/files.hpp"

namespace sconectl::host {

/// The same files, but nothing below `root` is read, written, listed or removed through a symbolic
/// link: Error{invalid} that names the link. A checkout that holds `target/helm -> /home/me` can
/// not make a run write there. `root` itself may be a link, and paths that are not below it are
/// refused. Both must outlive the result.
[[nodiscard]] std::unique_ptr<Files> files_beneath(Files& files, std::filesystem::path root);

}  // namespace sconectl::host
