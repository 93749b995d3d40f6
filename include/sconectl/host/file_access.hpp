// Who can read a file.
#pragma once

#include <filesystem>
#include <functional>

namespace sconectl::host {

/// Whom the permission bits of a file let read or write it beside its owner. Root is not counted.
enum class FileAccess {
  owner,      ///< nobody
  own_group,  ///< a group of this process. Kubernetes gives the files of a volume to such a group
              ///< (`fsGroup`), which then has access to all of them.
  others,     ///< everybody, or a group that this process is not in
};

/// `mode`: permission bits; `group`: of the file; `is_own`: whether this process is in a group.
[[nodiscard]] FileAccess file_access(unsigned mode, unsigned group,
                                     const std::function<bool(unsigned group)>& is_own);

/// Of the file that the path leads to. Throws Error{unavailable} if there is none.
[[nodiscard]] FileAccess file_access(const std::filesystem::path& path);

/// Takes a file away from its group and others. False if it is not ours to do so (another user owns
/// it, the file system keeps no modes): then nothing has changed.
[[nodiscard]] bool close_to_all_but_owner(const std::filesystem::path& path);

}  // namespace sconectl::host
