// Symbolic links.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "files_on_disk.hpp"
#include "posix.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

/// The way from `root` to `path`, both as written.
fs::path way_between(const fs::path& root, const fs::path& path) {
  const fs::path base = root.empty() ? "." : root;
  fs::path way = fs::absolute(path).lexically_normal().lexically_relative(
      fs::absolute(base).lexically_normal());
  if (way.empty() || way.is_absolute() || *way.begin() == "..")
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' is not below '{}'", path.string(), base.string()));
  return way;
}

/// Whether the kernel gets there without a link; nothing if it can not tell (an old kernel, a part
/// of the way that does not exist).
std::optional<bool> free_of_links(const fs::path& root, const fs::path& way) {
  const Descriptor from(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!from.open()) return std::nullopt;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const long opened = ::syscall(SYS_openat2, from.get(), way.c_str(), &how, sizeof how);
  if (opened < 0) return std::nullopt;
  const Descriptor found(static_cast<int>(opened));
  // O_PATH with O_NOFOLLOW opens a link itself.
  char ignored = 0;
  return ::readlinkat(found.get(), "", &ignored, 1) < 0;
}

}  // namespace

std::optional<fs::path> FilesOnDisk::read_link(const fs::path& path) const {
  std::error_code error;
  auto target = fs::read_symlink(path, error);
  return error ? std::nullopt : std::optional(std::move(target));
}

std::optional<fs::path> FilesOnDisk::link_below(const fs::path& root, const fs::path& path) const {
  const fs::path way = way_between(root, path);
  if (way == ".") return std::nullopt;
  const fs::path base = root.empty() ? "." : root;
  if (free_of_links(base, way) == true) return std::nullopt;
  fs::path at = base;
  for (const fs::path& part : way) {
    at /= part;
    if (read_link(at)) return at;
  }
  return std::nullopt;
}

void FilesOnDisk::make_link(const fs::path& target, const fs::path& path) {
  if (read_link(path) == target) return;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    throw system_error(fmt::format("replace '{}'", path.string()), errno);
  if (::symlink(target.c_str(), path.c_str()) != 0)
    throw system_error(fmt::format("make the link '{}'", path.string()), errno);
}

}  // namespace sconectl::host
