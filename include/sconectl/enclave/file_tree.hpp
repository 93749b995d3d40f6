// The files of an image, as a program in it sees them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::enclave {

enum class EntryKind { nothing, file, directory, other };

/// Paths are absolute, or relative to where Gramine would be started.
class FileTree {
 public:
  FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;
  virtual ~FileTree() = default;

  /// Names in a directory, sorted bytewise; none in one that can not be read.
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& directory) const = 0;
  /// What a path leads to, symbolic links followed.
  [[nodiscard]] virtual EntryKind kind(const std::string& path) const = 0;
  /// What a symbolic link holds; nothing if there is none at this path.
  [[nodiscard]] virtual std::optional<std::string> link(const std::string& path) const = 0;
  /// Whether a file can be started.
  [[nodiscard]] virtual bool executable(const std::string& path) const = 0;
  /// Of a file's bytes; nothing if it can not be read.
  [[nodiscard]] virtual std::optional<crypto::Digest> sha256(const std::string& path) const = 0;
  /// The text of a small file; nothing if there is none.
  [[nodiscard]] virtual std::optional<std::string> text(const std::string& path) const = 0;
};

}  // namespace sconectl::enclave
