#include "posix.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sconectl::host {

void Descriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

diag::Error system_error(std::string_view what, int error) {
  return {diag::ErrorKind::unavailable, fmt::format("can not {}: {}", what, reason(error))};
}

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int read_all(int descriptor, std::string& bytes, std::size_t limit) {
  std::array<char, 65536> block;
  while (bytes.size() <= limit) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
  return 0;
}

}  // namespace sconectl::host
