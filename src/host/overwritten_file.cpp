#include "sconectl/host/overwritten_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "posix.hpp"

namespace sconectl::host {

struct OverwrittenFile::Open {
  Descriptor file;
};

OverwrittenFile::OverwrittenFile(const std::filesystem::path& path)
    : open_(std::make_unique<Open>()) {
  open_->file = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!open_->file.open()) throw system_error(fmt::format("open {}", path.string()), errno);
}

OverwrittenFile::~OverwrittenFile() = default;

bool OverwrittenFile::write(std::string_view bytes) noexcept {
  ssize_t written = 0;
  do {
    written = ::pwrite(open_->file.get(), bytes.data(), bytes.size(), 0);
  } while (written < 0 && errno == EINTR);
  return written == static_cast<ssize_t>(bytes.size());
}

bool OverwrittenFile::flush() noexcept {
  return ::fdatasync(open_->file.get()) == 0;
}

}  // namespace sconectl::host
