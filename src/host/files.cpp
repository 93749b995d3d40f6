#include "sconectl/host/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "files_on_disk.hpp"
#include "posix.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

bool is_absence(int error) {
  return error == ENOENT || error == ENOTDIR;
}

/// Opens for reading; an errno value in `error` if that fails.
Descriptor open_for_reading(const fs::path& path, int& error) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  error = file.open() ? 0 : errno;
  struct stat status {};
  if (error == 0 && ::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  return file;
}

std::string read_opened(const Descriptor& file, const fs::path& path, std::size_t limit) {
  std::string bytes;
  if (const int error = read_all(file.get(), bytes, limit); error != 0) {
    throw system_error(fmt::format("read '{}'", path.string()), error);
  }
  if (bytes.size() > limit) {
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' is longer than the {} bytes allowed here", path.string(), limit));
  }
  return bytes;
}

std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t in_a_second = 1'000'000'000;
  return static_cast<std::int64_t>(time.tv_sec) * in_a_second + time.tv_nsec;
}

class HeldLock final : public FileLock {
 public:
  explicit HeldLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;  // closing it gives the lock back
};

/// Whether `file` still is what `path` leads to; another process may have replaced it meanwhile.
bool is_current(const Descriptor& file, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file.get(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

Descriptor open_lock(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) throw system_error(fmt::format("lock '{}'", path.string()), errno);
  return file;
}

}  // namespace

bool Files::is_directory(const fs::path& path) const {
  const auto found = status(path);
  return found && found->kind == FileKind::directory;
}

TemporaryDirectory TemporaryDirectory::only(Files& files, std::string_view prefix,
                                            const fs::path& parent) {
  for (const std::string& name : files.list(parent))
    if (name.starts_with(prefix)) files.remove_tree(parent / name);
  return TemporaryDirectory(files, prefix, parent);
}

TemporaryDirectory::~TemporaryDirectory() {
  try {
    files_.remove_tree(path_);
  } catch (const Error&) {  // nobody is left to tell, and it lies in a directory for such things
  }
}

std::string FilesOnDisk::read(const fs::path& path, std::size_t limit) const {
  int error = 0;
  const Descriptor file = open_for_reading(path, error);
  if (error != 0) throw system_error(fmt::format("read '{}'", path.string()), error);
  return read_opened(file, path, limit);
}

void Files::read_in_parts(const fs::path& path, const Sink& take) const {
  take(read(path));
}

void Files::write_in_parts(const fs::path& path, unsigned mode, Durability durability,
                           const std::function<void(const Sink& take)>& produce) {
  std::string bytes;
  produce([&](std::string_view part) { bytes += part; });
  write(path, bytes, mode, durability);
}

void FilesOnDisk::read_in_parts(const fs::path& path, const Sink& take) const {
  constexpr std::size_t part_size = std::size_t{1} << 20U;
  int error = 0;
  const Descriptor file = open_for_reading(path, error);
  std::string part(part_size, '\0');
  while (error == 0) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count == 0) return;
    if (count > 0)
      take(std::string_view(part).substr(0, static_cast<std::size_t>(count)));
    else if (errno != EINTR)
      error = errno;
  }
  throw system_error(fmt::format("read '{}'", path.string()), error);
}

std::optional<std::string> FilesOnDisk::read_if_exists(const fs::path& path,
                                                       std::size_t limit) const {
  int error = 0;
  const Descriptor file = open_for_reading(path, error);
  if (is_absence(error)) return std::nullopt;
  if (error != 0) throw system_error(fmt::format("read '{}'", path.string()), error);
  return read_opened(file, path, limit);
}

std::optional<FileStatus> FilesOnDisk::status(const fs::path& path) const {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (is_absence(errno)) return std::nullopt;
    throw system_error(fmt::format("look at '{}'", path.string()), errno);
  }
  FileStatus status;
  if (S_ISDIR(found.st_mode)) {
    status.kind = FileKind::directory;
  } else if (!S_ISREG(found.st_mode)) {
    status.kind = FileKind::other;
  }
  status.size = static_cast<std::uintmax_t>(found.st_size);
  status.mode = found.st_mode & 07777U;
  status.stamp = {found.st_dev, found.st_ino, nanoseconds(found.st_mtim),
                  nanoseconds(found.st_ctim)};
  return status;
}

std::vector<std::string> FilesOnDisk::list(const fs::path& directory) const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw system_error(fmt::format("list '{}'", directory.string()), error.value());
  std::sort(names.begin(), names.end());
  return names;
}

void FilesOnDisk::make_directories(const fs::path& directory, unsigned mode) {
  if (directory.empty() || is_directory(directory)) return;
  make_directories(directory.parent_path(), mode);
  if (::mkdir(directory.c_str(), 0700) != 0) {
    const int error = errno;
    if (error == EEXIST && is_directory(directory)) return;  // another process was faster
    throw system_error(fmt::format("make directory '{}'", directory.string()), error);
  }
  if (::chmod(directory.c_str(), mode) != 0) {
    throw system_error(fmt::format("set the mode of '{}'", directory.string()), errno);
  }
}

void FilesOnDisk::remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw system_error(fmt::format("remove '{}'", path.string()), error.value());
}

std::unique_ptr<FileLock> FilesOnDisk::lock(const fs::path& path,
                                            const std::function<void()>& waiting) {
  if (auto held = try_lock(path)) return held;
  if (waiting) waiting();
  while (true) {
    Descriptor file = open_lock(path);
    while (::flock(file.get(), LOCK_EX) != 0) {
      if (errno != EINTR) throw system_error(fmt::format("lock '{}'", path.string()), errno);
      throw_if_interrupted();
    }
    if (is_current(file, path)) return std::make_unique<HeldLock>(std::move(file));
  }
}

std::unique_ptr<FileLock> FilesOnDisk::try_lock(const fs::path& path) {
  while (true) {
    Descriptor file = open_lock(path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return nullptr;
      throw system_error(fmt::format("lock '{}'", path.string()), errno);
    }
    if (is_current(file, path)) return std::make_unique<HeldLock>(std::move(file));
  }
}

fs::path FilesOnDisk::make_temporary_directory(std::string_view prefix, const fs::path& parent) {
  std::error_code error;
  const fs::path where = parent.empty() ? fs::temp_directory_path(error) : parent;
  if (error) throw system_error("find the directory for temporary files", error.value());
  std::string name = (where / fmt::format("{}XXXXXX", prefix)).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error(fmt::format("make a temporary directory in '{}'", where.string()), errno);
  }
  return name;
}

std::unique_ptr<Files> system_files() {
  return std::make_unique<FilesOnDisk>();
}

}  // namespace sconectl::host
