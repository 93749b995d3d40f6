// Whether the files of a native image are those that were built (docs/native-runtime.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/file_list.hpp"

namespace sconectl::launch {

struct Launch;

/// What lies below `root`, one line each, without contents: what record_files() compares with.
/// Left out is what engines mount or programs write: /proc, /sys, /dev, /run, /tmp, /var/tmp,
/// /var/log, /var/cache, /etc/hosts and its like, other file systems, and what is ours (/scone,
/// /opt/sconectl).
[[nodiscard]] std::string snapshot(const std::string& root = "/");

/// All below `root` that differs from the snapshot of the same place at an earlier time. Throws
/// Error{unavailable} for a file that can not be read.
[[nodiscard]] crypto::FileList record_files(std::string_view before, bool allows_more,
                                            const std::string& root = "/");

struct IntegrityOptions {
  std::string expected;  ///< of crypto::file_list_variable: hashes in hex with commas between them
  /// Paths where the session puts files: what is there is not looked at.
  std::vector<std::string> injected;
  /// Paths of templates (SL-250): those that were moved aside are looked at there.
  std::vector<std::string> templates;
  /// Where something is mounted: what lies there is not looked at, and neither are directories that
  /// were made on the way there.
  std::vector<std::string> mounts = {};
  std::string root = {};  ///< before every path, for tests
};

/// Throws Error{refused} that names the first file that is not as listed, and how: changed,
/// missing, of another mode or kind, or one too many. What Python has cached since (`__pycache__`)
/// and is not listed is removed, as it would be used in place of what was checked. Files that this
/// user may not read are not looked into.
void verify_files(const IntegrityOptions& options);

/// The same for a container that is about to become a program, before its files are placed. Nothing
/// is looked at unless the session names the hash.
void verify_files(const Launch& launch);

}  // namespace sconectl::launch
