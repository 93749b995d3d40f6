// Injected files (SL-245 ... SL-250) in the file system of the container.
#pragma once

#include <filesystem>
#include <vector>

#include "sconectl/cas/wire_service.hpp"

namespace sconectl::launch {

/// Creates the files, with missing directories above them (mode 0755). Each replaces what has its
/// path at once; a link there is replaced, not followed. The bytes stay in memory where possible:
///  - a file whose directory is a memory file system is made there;
///  - else it is made in a fresh private directory in `memory` (if that is a memory file system
///    with room), and its path becomes a link to it;
///  - a program text (`#!`) is not put where programs can not be executed;
///  - what is mounted as a single file (/etc/hosts in a container) is written in place;
///  - where the directory can not be written to, a link of the image into `memory`
///    (host/memory_link.hpp) is filled.
/// Throws Error{unavailable} that names the path and the system's reason.
void place_files(const std::vector<cas::ConfigurationFile>& files,
                 const std::filesystem::path& memory = "/dev/shm");

/// As place_files(), for a program that runs and may be reading: the file is exchanged in one step,
/// but for one that is mounted or in a directory that can not be written to, keeps its owner, and
/// what the one before kept in memory is removed. Throws Error{unavailable} also where somebody
/// else could have exchanged a directory on the way to it: then it is not known what is replaced.
void replace_file(const cas::ConfigurationFile& file,
                  const std::filesystem::path& memory = "/dev/shm");

}  // namespace sconectl::launch
