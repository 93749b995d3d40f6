// Replacing one file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <system_error>

#include "copy_bytes.hpp"
#include "files_on_disk.hpp"
#include "new_file.hpp"
#include "posix.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

constexpr int max_links = 40;  // the kernel's own limit

/// Puts the new contents into an open, empty file. Returns 0 or an errno value.
using Fill = std::function<int(int descriptor)>;

/// For a file that can not be renamed over: the old bytes are lost only from here on.
int write_in_place(const fs::path& target, unsigned mode, const Fill& fill) {
  const Descriptor file(::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC));
  if (!file.open()) return errno;
  if (const int error = fill(file.get()); error != 0) return error;
  ::fchmod(file.get(), mode);  // the owner of a mounted file may be another user
  ::fsync(file.get());
  return 0;
}

int write_into(const fs::path& device, const Fill& fill) {
  const Descriptor opened(::open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  return opened.open() ? fill(opened.get()) : errno;
}

bool means_mounted(int error) {
  return error == EBUSY || error == EXDEV;
}
bool means_read_only(int error) {
  return error == EACCES || error == EPERM || error == EROFS;
}

/// The type bits of a path's mode (S_IFREG, ...); 0 if there is nothing.
mode_t type_of(const fs::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & S_IFMT : 0;
}

int replace(const fs::path& target, unsigned mode, Durability durability, const Fill& fill,
            Named named) {
  const mode_t type = type_of(target);
  if (type == S_IFDIR) return EISDIR;
  // A device or a pipe (/dev/null, /dev/stdout) is written to; it must never become a file.
  if (type != 0 && type != S_IFREG) return write_into(target, fill);
  NewFile beside(directory_of(target), named);
  if (means_read_only(beside.error()) && type == S_IFREG) {
    const int error = write_in_place(target, mode, fill);
    return error == 0 ? 0 : beside.error();
  }
  if (beside.error() != 0) return beside.error();
  if (const int error = fill(beside.descriptor()); error != 0) return error;
  if (::fchmod(beside.descriptor(), mode) != 0) return errno;
  if (durability == Durability::flushed && ::fsync(beside.descriptor()) != 0) return errno;
  const int error = beside.rename_to(target);
  if (means_mounted(error)) return write_in_place(target, mode, fill);
  if (error == 0 && durability == Durability::flushed) flush_directory(directory_of(target));
  return error;
}

int replace_as_owner(const fs::path& path, std::string_view bytes, unsigned mode) {
  struct stat before {};
  if (::lstat(path.c_str(), &before) != 0) return errno;
  if (!S_ISREG(before.st_mode)) return EINVAL;
  NewFile beside(directory_of(path), Named::at_once);
  if (beside.error() != 0) return beside.error();
  const bool is_ours = before.st_uid == ::geteuid() && before.st_gid == ::getegid();
  if (!is_ours && ::fchown(beside.descriptor(), before.st_uid, before.st_gid) != 0) return errno;
  if (const int error = write_all(beside.descriptor(), bytes); error != 0) return error;
  if (::fchmod(beside.descriptor(), mode) != 0 || ::fsync(beside.descriptor()) != 0) return errno;
  if (const int error = beside.rename_to(path); error != 0) return error;
  flush_directory(directory_of(path));
  return 0;
}

}  // namespace

void flush_directory(const fs::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.open()) ::fsync(opened.get());  // some file systems refuse; the rename is done anyway
}

void replace_keeping_owner(const fs::path& path, std::string_view bytes, unsigned mode) {
  if (const int error = replace_as_owner(path, bytes, mode); error != 0)
    throw system_error(fmt::format("replace '{}'", path.string()), error);
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path link_target(const fs::path& path) {
  fs::path target = path;
  for (int links = 0; links < max_links; ++links) {
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    if (error) return target;
    target = next.is_absolute() ? next : directory_of(target) / next;
  }
  throw system_error(fmt::format("write '{}'", path.string()), ELOOP);
}

void FilesOnDisk::write(const fs::path& path, std::string_view bytes, unsigned mode,
                        Durability durability) {
  const Fill fill = [bytes](int descriptor) { return write_all(descriptor, bytes); };
  if (const int error = replace(link_target(path), mode, durability, fill, Named::at_once);
      error != 0) {
    throw system_error(fmt::format("write '{}'", path.string()), error);
  }
}

void FilesOnDisk::write_in_parts(const fs::path& path, unsigned mode, Durability durability,
                                 const std::function<void(const Sink& take)>& produce) {
  const auto fail = [&](int error) {
    throw system_error(fmt::format("write '{}'", path.string()), error);
  };
  const Fill fill = [&](int descriptor) {
    produce([&](std::string_view part) {
      if (const int error = write_all(descriptor, part); error != 0) fail(error);
    });
    return 0;
  };
  if (const int error = replace(link_target(path), mode, durability, fill, Named::when_whole);
      error != 0)
    fail(error);
}

void FilesOnDisk::move_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw system_error(fmt::format("rename '{}' to '{}'", from.string(), to.string()), errno);
}

void FilesOnDisk::copy_file(const fs::path& from, const fs::path& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!source.open() || ::fstat(source.get(), &status) != 0) {
    throw system_error(fmt::format("read '{}'", from.string()), errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::unavailable,
                fmt::format("can not copy '{}': not a regular file", from.string()));
  }
  const Fill fill = [&source](int descriptor) { return copy_bytes(source.get(), descriptor); };
  if (const int error = replace(link_target(to), status.st_mode & 0777U, Durability::cached, fill,
                                Named::when_whole);
      error != 0) {
    throw system_error(fmt::format("copy '{}' to '{}'", from.string(), to.string()), error);
  }
}

}  // namespace sconectl::host
