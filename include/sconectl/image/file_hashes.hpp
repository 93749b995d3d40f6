// SHA-256 of files, remembered from one run to the next.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::image {

/// A file is read again unless it is the one that was hashed: the same device, inode and size, and
/// neither its bytes nor anything about it changed since, to the nanosecond. A file that changed
/// within the two seconds before it was hashed is not remembered: a later change could have the
/// same time (the rule of git's "racy" entries; two seconds are the coarsest file systems'). What
/// this can not see is what no such cache sees: a disk that is written to below its file system.
class FileHashes {
 public:
  /// Remembers nothing.
  explicit FileHashes(host::Files& files) : files_(files) {}
  /// `notes` is a file of mode 0600 for what is known. It may be removed at any time; one that can
  /// not be read is as good as none.
  FileHashes(host::Files& files, const host::Clock& clock, std::filesystem::path notes);

  /// The digest of a file's bytes, symbolic links followed. Errors as of host::Files.
  [[nodiscard]] crypto::Digest of(const std::filesystem::path& path);
  /// Writes what was asked for since, and nothing else, so that the notes do not grow. A failure
  /// costs time in the next run, and nothing else.
  void keep();

 private:
  /// Device, inode, size, modified, changed.
  using Key = std::array<std::uint64_t, 5>;

  void read_notes();
  [[nodiscard]] bool is_settled(const host::FileStamp& stamp) const;

  host::Files& files_;
  const host::Clock* clock_ = nullptr;
  std::filesystem::path notes_;
  std::map<Key, crypto::Digest> known_;
  std::map<Key, crypto::Digest> asked_;
};

}  // namespace sconectl::image
