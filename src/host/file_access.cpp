#include "sconectl/host/file_access.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "posix.hpp"

namespace sconectl::host {

namespace {

constexpr unsigned for_group = 0070;
constexpr unsigned for_others = 0007;

/// The group that new files get, and the supplementary ones.
bool is_group_of_this_process(unsigned group) {
  if (group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgroups(count, groups.data()) != count) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

FileAccess file_access(unsigned mode, unsigned group,
                       const std::function<bool(unsigned group)>& is_own) {
  if ((mode & for_others) != 0) return FileAccess::others;
  if ((mode & for_group) == 0) return FileAccess::owner;
  return is_own(group) ? FileAccess::own_group : FileAccess::others;
}

FileAccess file_access(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    throw system_error(fmt::format("look at '{}'", path.string()), errno);
  return file_access(found.st_mode, found.st_gid, is_group_of_this_process);
}

bool close_to_all_but_owner(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return false;
  if (::chmod(path.c_str(), found.st_mode & 0700U) != 0) return false;
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & (for_group | for_others)) == 0;
}

}  // namespace sconectl::host
