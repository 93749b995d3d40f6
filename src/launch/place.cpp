#include "place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/memory_link.hpp"
#include "sconectl/host/program.hpp"

namespace sconectl::launch {

namespace fs = std::filesystem;
using cas::ConfigurationFile;
using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view memory_directory_prefix = "sconectl-";

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error(ErrorKind::unavailable,
              fmt::format("can not inject the file '{}': {}", path, host::reason(error)));
}

/// Writes into an open file and closes it. The mode comes first: a file that was readable by others
/// must not be so with the new bytes. Returns 0 or an errno value.
int fill_and_close(int descriptor, std::string_view bytes, unsigned mode) {
  int error = ::fchmod(descriptor, mode) == 0 ? 0 : errno;
  while (!bytes.empty() && error == 0) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) error = errno;
  }
  ::close(descriptor);
  return error;
}

/// A new file at a path where nothing may be; O_EXCL also refuses a link. Returns 0 or errno.
int create(const std::string& path, const ConfigurationFile& file) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  const int error = fill_and_close(descriptor, file.content, file.mode);
  if (error != 0) ::unlink(path.c_str());
  return error;
}

/// A name beside `path` that nobody has: the directory may be writable by others. "" and errno in
/// `error` if nothing can be made there.
std::string name_beside(const std::string& path, int& error) {
  std::string name = (fs::path(path).parent_path() / ".sconectl-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  error = descriptor < 0 ? errno : 0;
  if (descriptor < 0) return "";
  ::close(descriptor);
  ::unlink(name.c_str());
  return name;
}

int write_in_place(const ConfigurationFile& file) {
  const int descriptor =
      ::open(file.path.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return errno;
  struct stat found {};
  if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) {
    ::close(descriptor);
    return EINVAL;
  }
  return fill_and_close(descriptor, file.content, file.mode);
}

/// Gives the thing at `fresh` its final path; a mount there keeps its place and gets the bytes.
/// `elsewhere`, if not empty, has the bytes when `fresh` is a link; it goes when it is not needed.
void move_into_place(const std::string& fresh, const std::string& elsewhere,
                     const ConfigurationFile& file) {
  if (::rename(fresh.c_str(), file.path.c_str()) == 0) return;
  int error = errno;
  ::unlink(fresh.c_str());
  if (!elsewhere.empty()) ::unlink(elsewhere.c_str());
  if (error == EBUSY || error == EXDEV) error = write_in_place(file);
  if (error != 0) fail(file.path, error);
}

bool is_memory(const fs::path& directory) {
  struct statfs system {};
  return ::statfs(directory.c_str(), &system) == 0 &&
         (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

bool allows_programs(const fs::path& directory) {
  struct statvfs system {};
  return ::statvfs(directory.c_str(), &system) == 0 && (system.f_flag & ST_NOEXEC) == 0;
}

bool is_program(const ConfigurationFile& file) {
  return (file.mode & 0111U) != 0 &&
         (file.content.starts_with("#!") || file.content.starts_with("\177ELF"));
}

/// The directory for bytes that must not reach a disk, made when the first file needs it and
/// removed again if the launch fails.
class MemoryDirectory {
 public:
  explicit MemoryDirectory(fs::path parent) : parent_(std::move(parent)) {}
  MemoryDirectory(const MemoryDirectory&) = delete;
  MemoryDirectory& operator=(const MemoryDirectory&) = delete;
  ~MemoryDirectory() {
    std::error_code ignored;
    if (!kept_)
      for (const std::string& target : targets_) ::unlink(target.c_str());
    if (path_.empty()) return;
    if (kept_) {
      ::rmdir(path_.c_str());  // only if no file stayed in it
    } else {
      fs::remove_all(path_, ignored);
    }
  }
  void keep() { kept_ = true; }

  /// Where a link that the image has at `path` leads, if that is a place for its bytes here.
  [[nodiscard]] std::string target_of(const std::string& path) const {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    const bool ours = !error && target.parent_path() == parent_ &&
                      target.filename().string().starts_with(host::memory_link_prefix);
    return ours ? target.string() : "";
  }

  /// Makes the file at such a place, where nothing may be but what an earlier start left. Returns 0
  /// or an errno value.
  int create_target(const std::string& target, const ConfigurationFile& file) {
    if (!is_memory(parent_)) return EROFS;
    if (is_program(file) && !allows_programs(parent_)) return ENOEXEC;
    const std::string fresh = target + ".new";
    ::unlink(fresh.c_str());
    if (const int error = create(fresh, file); error != 0) return error;
    if (::rename(fresh.c_str(), target.c_str()) != 0) {
      const int error = errno;
      ::unlink(fresh.c_str());
      return error;
    }
    targets_.push_back(target);
    return 0;
  }

  /// Makes the file there. Nothing if there is no memory file system, or no room in it.
  std::string create_file(const ConfigurationFile& file) {
    if (!is_memory(parent_) || (is_program(file) && !allows_programs(parent_))) return "";
    if (path_.empty()) {
      std::string name = (parent_ / (std::string(memory_directory_prefix) + "XXXXXX")).string();
      if (::mkdtemp(name.data()) == nullptr) return "";
      path_ = name;
    }
    // A program that gives up root afterwards must still reach a file that others may read.
    if ((file.mode & 0077U) != 0 && ::chmod(path_.c_str(), 0711) != 0) return "";
    std::string path = fmt::format("{}/{}", path_, ++count_);
    return create(path, file) == 0 ? path : "";
  }

 private:
  fs::path parent_;
  std::vector<std::string> targets_;
  std::string path_;
  int count_ = 0;
  bool kept_ = false;
};

bool leads_to_directory(const fs::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

void make_parents(const std::string& path) {
  if (leads_to_directory(fs::path(path).parent_path())) return;
  const fs::path parent = fs::path(path).parent_path();
  fs::path made;
  for (const fs::path& part : parent) {
    made /= part;
    const int error = ::mkdir(made.c_str(), 0755) == 0 ? 0 : errno;
    if (error == 0) ::chmod(made.c_str(), 0755);  // whatever the umask
    if (error != 0 && !leads_to_directory(made)) fail(path, error == EEXIST ? ENOTDIR : error);
  }
}

void place_file(const ConfigurationFile& file, MemoryDirectory& memory) {
  make_parents(file.path);
  struct stat found {};
  const bool exists = ::lstat(file.path.c_str(), &found) == 0;
  if (exists && !S_ISREG(found.st_mode) && !S_ISLNK(found.st_mode)) {
    fail(file.path, S_ISDIR(found.st_mode) ? EISDIR : EEXIST);
  }
  const bool in_memory = is_memory(fs::path(file.path).parent_path());
  int error = 0;
  const std::string fresh = name_beside(file.path, error);
  if (error != 0) {  // in a directory that we may not write to
    if (const std::string target = memory.target_of(file.path); !target.empty()) {
      if (error = memory.create_target(target, file); error != 0) fail(file.path, error);
      return;
    }
    if (!exists || write_in_place(file) != 0) fail(file.path, error);
    return;
  }
  const std::string kept_elsewhere = in_memory ? "" : memory.create_file(file);
  if (!kept_elsewhere.empty()) {
    if (::symlink(kept_elsewhere.c_str(), fresh.c_str()) != 0) fail(file.path, errno);
  } else if (error = create(fresh, file); error != 0) {
    fail(file.path, error);
  }
  move_into_place(fresh, kept_elsewhere, file);
}

}  // namespace

void place_files(const std::vector<ConfigurationFile>& files, const fs::path& memory) {
  MemoryDirectory directory(memory);
  for (const ConfigurationFile& file : files) place_file(file, directory);
  directory.keep();
}

namespace {

bool belongs_to_us(const struct stat& found) {
  return found.st_uid == 0 || found.st_uid == ::geteuid();
}

/// Every directory on the way, and every link, is ours or root's, and nobody else can exchange what
/// is in it.
void require_safe_way(const std::string& path) {
  fs::path way;
  for (const fs::path& part : fs::path(path).parent_path()) {
    way /= part;
    struct stat found {};
    if (::lstat(way.c_str(), &found) != 0) fail(path, errno);
    const bool sticky = (found.st_mode & S_ISVTX) != 0;
    const bool open_to_others = (found.st_mode & 0022U) != 0 && !sticky && !S_ISLNK(found.st_mode);
    if (!belongs_to_us(found) || open_to_others)
      throw Error(ErrorKind::unavailable,
                  fmt::format("'{}' is not replaced while the program runs: others could exchange "
                              "'{}'",
                              path, way.string()));
  }
}

/// What the link at a path leads to, if it is a file of ours in memory.
std::string file_in_memory(const std::string& path, const fs::path& memory) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  const fs::path home = target.parent_path();
  struct stat found {};
  const bool ours = !error && home.parent_path() == memory &&
                    home.filename().string().starts_with(memory_directory_prefix) &&
                    ::lstat(home.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                    found.st_uid == ::geteuid();
  return ours ? target.string() : "";
}

}  // namespace

void replace_file(const ConfigurationFile& file, const fs::path& memory) {
  struct stat before {};
  const bool existed = ::stat(file.path.c_str(), &before) == 0;
  if (existed) require_safe_way(file.path);
  const std::string in_memory = file_in_memory(file.path, memory);
  MemoryDirectory directory(memory);
  place_file(file, directory);
  directory.keep();
  if (existed && (before.st_uid != ::geteuid() || before.st_gid != ::getegid()))
    (void)::chown(file.path.c_str(), before.st_uid, before.st_gid);
  if (in_memory.empty()) return;
  ::unlink(in_memory.c_str());
  ::rmdir(fs::path(in_memory).parent_path().c_str());  // only if it was the last
}

}  // namespace sconectl::launch
