#include "sconectl/host/appended_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <string>

#include "posix.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::host {

namespace {

struct stat status_of(int file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw system_error(fmt::format("read {}", path.string()), errno);
  return status;
}

/// How many bytes follow the last line end.
off_t bytes_of_torn_line(int file, off_t size, const std::filesystem::path& path) {
  std::string part(4096, '\0');
  for (off_t end = size; end > 0;) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(part.size()));
    const auto wanted = static_cast<std::size_t>(end - begin);
    if (::pread(file, part.data(), wanted, begin) != static_cast<ssize_t>(wanted))
      throw system_error(fmt::format("read {}", path.string()), errno);
    const auto found = std::string_view(part.data(), wanted).rfind('\n');
    if (found != std::string_view::npos) return size - begin - static_cast<off_t>(found) - 1;
    end = begin;
  }
  return size;
}

/// As far as there is anything: a first line may be torn, too.
bool begins_with(int file, std::string_view text, const std::filesystem::path& path) {
  std::string there(text.size(), '\0');
  const auto got = ::pread(file, there.data(), there.size(), 0);
  if (got < 0) throw system_error(fmt::format("read {}", path.string()), errno);
  return text.starts_with(std::string_view(there).substr(0, static_cast<std::size_t>(got)));
}

}  // namespace

struct AppendedFile::Open {
  std::filesystem::path path;
  std::string line_begin;
  std::mutex mutex;
  Descriptor file;

  void open() {
    Descriptor fresh(
        ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fresh.open()) throw system_error(fmt::format("open {}", path.string()), errno);
    const auto status = status_of(fresh.get(), path);
    if (S_ISREG(status.st_mode)) {
      if (!begins_with(fresh.get(), line_begin, path))
        throw diag::Error(
            diag::ErrorKind::invalid,
            fmt::format("{} is another file: it does not begin with '{}', and nothing was written "
                        "to it",
                        path.string(), line_begin));
      const auto torn = bytes_of_torn_line(fresh.get(), status.st_size, path);
      if (torn > 0 && ::ftruncate(fresh.get(), status.st_size - torn) != 0)
        throw system_error(fmt::format("cut the incomplete last line off {}", path.string()),
                           errno);
    }
    file = std::move(fresh);
  }
};

AppendedFile::AppendedFile(std::filesystem::path path, std::string line_begin)
    : open_(std::make_unique<Open>()) {
  open_->path = std::move(path);
  open_->line_begin = std::move(line_begin);
  open_->open();
}

AppendedFile::~AppendedFile() = default;

void AppendedFile::append(std::string_view bytes) {
  const std::lock_guard lock(open_->mutex);
  const int file = open_->file.get();
  const auto before = status_of(file, open_->path);
  int failure = write_all(file, bytes);
  const bool regular = S_ISREG(before.st_mode);
  if (failure == 0 && regular && ::fdatasync(file) != 0) failure = errno;
  if (failure == 0) return;
  if (regular && ::ftruncate(file, before.st_size) != 0)
    throw system_error(fmt::format("undo a write to {}", open_->path.string()), errno);
  throw system_error(fmt::format("write {}", open_->path.string()), failure);
}

bool AppendedFile::reopen_if_moved() {
  const std::lock_guard lock(open_->mutex);
  const auto ours = status_of(open_->file.get(), open_->path);
  struct stat there {};
  if (::stat(open_->path.c_str(), &there) == 0 && there.st_ino == ours.st_ino &&
      there.st_dev == ours.st_dev)
    return false;
  open_->open();
  return true;
}

}  // namespace sconectl::host
