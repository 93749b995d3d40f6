// The file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::host {

enum class FileKind { file, directory, other };

/// What tells one state of a file from another without its bytes. Times are nanoseconds since 1970,
/// as the file system has them: `modified` of its bytes, `changed` of anything about it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  ///< 0: the file system does not tell
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// What a path leads to, symbolic links followed. `size` in bytes, `mode` the permission bits only.
struct FileStatus {
  FileKind kind = FileKind::file;
  std::uintmax_t size = 0;
  unsigned mode = 0;
  FileStamp stamp = {};
};

/// A file to be written as part of a tree.
struct TreeFile {
  std::string bytes;
  unsigned mode = 0644;
};

/// A directory as data: path relative to it ("charts/api/Chart.yaml") -> file.
using Tree = std::map<std::string, TreeFile>;

/// Whether a write waits until the disk has the bytes, so that they survive a power cut (keys, what
/// was acknowledged), or leaves that to the system (results that the next run makes again).
enum class Durability { flushed, cached };

/// How the name of a file begins that write() has not finished. A killed process leaves it behind.
inline constexpr std::string_view new_file_prefix = ".sconectl-new-";

/// Waits until the disk has the names in it, as far as the file system can do that: for files that
/// were moved. Throws nothing.
void flush_directory(const std::filesystem::path& directory);

/// Replaces a regular file at once and flushes it; the new one has the owner and group of the old.
/// For root in directories of others: no symbolic link at `path` is followed. Throws
/// Error{unavailable}, and then the old file is there.
void replace_keeping_owner(const std::filesystem::path& path, std::string_view bytes,
                           unsigned mode);

/// Takes bytes that come one part after the other.
using Sink = std::function<void(std::string_view part)>;

/// An exclusive lock, given back when the object goes.
class FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  virtual ~FileLock() = default;
};

/// Everything the program does with files. All methods throw diag::Error{unavailable} whose text
/// names the path and the system's reason ("no such file or directory"), and none of the contents.
class Files {
 public:
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;

  /// The bytes of a file. A file longer than `limit` bytes is refused (Error{invalid}).
  [[nodiscard]] virtual std::string read(const std::filesystem::path& path,
                                         std::size_t limit = no_limit) const = 0;
  /// The bytes of a file one part after the other, however many they are.
  virtual void read_in_parts(const std::filesystem::path& path, const Sink& take) const;
  /// As read(), but nothing if the file (or a directory on the way) does not exist.
  [[nodiscard]] virtual std::optional<std::string> read_if_exists(
      const std::filesystem::path& path, std::size_t limit = no_limit) const = 0;
  /// Nothing if the path leads nowhere.
  [[nodiscard]] virtual std::optional<FileStatus> status(
      const std::filesystem::path& path) const = 0;
  /// What a symbolic link holds; nothing if there is none at this path.
  [[nodiscard]] virtual std::optional<std::filesystem::path> read_link(
      const std::filesystem::path& path) const = 0;
  /// The first symbolic link on the way from `root` (which may be one) to `path` below it, `path`
  /// included; nothing if there is none, as far as the way exists. Error{invalid} if `path` is not
  /// below `root`.
  [[nodiscard]] virtual std::optional<std::filesystem::path> link_below(
      const std::filesystem::path& root, const std::filesystem::path& path) const = 0;
  /// Names (without the directory) of the entries of a directory, sorted bytewise.
  [[nodiscard]] virtual std::vector<std::string> list(
      const std::filesystem::path& directory) const = 0;

  /// Creates a directory and the missing ones above it, each with `mode`; an existing directory is
  /// left as it is.
  virtual void make_directories(const std::filesystem::path& directory, unsigned mode = 0755) = 0;
  /// Replaces a file at once: readers see the old or the new bytes, and after a failure (full disk)
  /// the old ones. `mode` is set exactly, whatever the umask. A symbolic link at `path` stays and
  /// its target is replaced; a single file that is mounted, or whose directory is read-only, is
  /// written in place (CL-024). The directory must exist.
  virtual void write(const std::filesystem::path& path, std::string_view bytes,
                     unsigned mode = 0644, Durability durability = Durability::flushed) = 0;
  /// As write(), for bytes that come one part after the other, however many they are. `produce` is
  /// given what takes a part; what it throws leaves the old file. It may be called a second time,
  /// for a file that can only be written in place.
  virtual void write_in_parts(const std::filesystem::path& path, unsigned mode,
                              Durability durability,
                              const std::function<void(const Sink& take)>& produce);
  /// Replaces a whole directory by `tree`: written beside it, then swapped in, so that a failed run
  /// leaves the previous directory. Missing directories above it are made. Relative paths that
  /// leave the directory are refused (Error{invalid}). Directories in it get `directory_mode`. Not
  /// flushed to disk (Durability::cached). A directory that can not be renamed (a mount point, a
  /// lower layer of an overlay) is brought to the same contents file by file. What killed processes
  /// left beside it is removed.
  virtual void replace_tree(const std::filesystem::path& directory, const Tree& tree,
                            unsigned directory_mode = 0755) = 0;
  /// Copies a file with its permission bits, sharing the blocks where the file system can. The
  /// target is replaced at once.
  virtual void copy_file(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Gives a file another name on the same file system; a file of that name is replaced at once.
  virtual void move_file(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Makes a symbolic link that holds `target`; an older link at `path` is replaced.
  virtual void make_link(const std::filesystem::path& target,
                         const std::filesystem::path& path) = 0;
  /// Removes a file, a link or a whole directory; nothing happens if there is none.
  virtual void remove_tree(const std::filesystem::path& path) = 0;

  /// Waits for the exclusive lock on `path` (a file, made with mode 0600 if missing). `waiting` is
  /// called once if another process holds it, before the wait.
  [[nodiscard]] virtual std::unique_ptr<FileLock> lock(
      const std::filesystem::path& path, const std::function<void()>& waiting = {}) = 0;
  /// As lock(), but a null pointer if another process holds it.
  [[nodiscard]] virtual std::unique_ptr<FileLock> try_lock(const std::filesystem::path& path) = 0;

  /// Makes a fresh directory (mode 0700) whose name starts with `prefix`, in `parent` or in the
  /// system's directory for temporary files. See TemporaryDirectory.
  [[nodiscard]] virtual std::filesystem::path make_temporary_directory(
      std::string_view prefix, const std::filesystem::path& parent = {}) = 0;

  [[nodiscard]] bool exists(const std::filesystem::path& path) const {
    return status(path).has_value();
  }
  [[nodiscard]] bool is_directory(const std::filesystem::path& path) const;
};

/// A fresh directory (mode 0700) that is removed with everything in it when the object goes.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(Files& files, std::string_view prefix = "sconectl-",
                              const std::filesystem::path& parent = {})
      : files_(files), path_(files.make_temporary_directory(prefix, parent)) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  /// As the constructor, in a directory that no other process uses: those of the same prefix were
  /// left by processes that were killed, and are removed.
  [[nodiscard]] static TemporaryDirectory only(Files& files, std::string_view prefix,
                                               const std::filesystem::path& parent);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  Files& files_;
  std::filesystem::path path_;
};

/// The real file system.
[[nodiscard]] std::unique_ptr<Files> system_files();

}  // namespace sconectl::host
