#include "new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "sconectl/host/files.hpp"

namespace sconectl::host {
namespace {

constexpr mode_t mode_while_it_is_written = 0600;

/// How the kernel names what is open, for who wants to give it another name.
std::string name_of_opened(int descriptor) {
  return fmt::format("/proc/self/fd/{}", descriptor);
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& directory, Named named) : directory_(directory) {
  if (named == Named::when_whole) open_without_name(directory);
  if (!file_.open()) open_named(directory);
}

NewFile::~NewFile() {
  if (!path_.empty() && !renamed_) ::unlink(path_.c_str());
}

/// Some file systems have no such files, and some containers no /proc: then there is no file yet.
void NewFile::open_without_name(const std::filesystem::path& directory) {
  Descriptor file(
      ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode_while_it_is_written));
  if (file.open() && ::access(name_of_opened(file.get()).c_str(), F_OK) == 0)
    file_ = std::move(file);
}

void NewFile::open_named(const std::filesystem::path& directory) {
  std::string path = directory / (std::string(new_file_prefix) + "XXXXXX");
  file_ = Descriptor(::mkostemp(path.data(), O_CLOEXEC));
  error_ = file_.open() ? 0 : errno;
  if (file_.open()) path_ = std::move(path);
}

int NewFile::give_name() {
  while (true) {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number) return errno;
    std::string path = directory_ / fmt::format("{}{:016x}", new_file_prefix, number);
    if (::linkat(AT_FDCWD, name_of_opened(file_.get()).c_str(), AT_FDCWD, path.c_str(),
                 AT_SYMLINK_FOLLOW) == 0) {
      path_ = std::move(path);
      return 0;
    }
    if (errno != EEXIST) return errno;
  }
}

int NewFile::rename_to(const std::filesystem::path& target) {
  if (path_.empty())
    if (const int error = give_name(); error != 0) return error;
  if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
  renamed_ = true;
  return 0;
}

}  // namespace sconectl::host
