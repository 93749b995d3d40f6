#include "copy_bytes.hpp"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sconectl/host/signals.hpp"

namespace sconectl::host {
namespace {

/// So much at a time that nobody waits long for an interrupted copy to end.
constexpr off_t part_of_copy = off_t{64} << 20U;

/// [begin, end), which holds bytes; empty at the end of the file.
struct Stretch {
  off_t begin;
  off_t end;
};

Stretch next_stretch(int file, off_t at, off_t size) {
  const off_t data = ::lseek(file, at, SEEK_DATA);
  if (data < 0) return {errno == ENXIO ? size : at, size};  // a hole, or nobody knows of holes
  const off_t hole = ::lseek(file, data, SEEK_HOLE);
  return {data, hole < 0 ? size : hole};
}

/// Moves `at` as far as bytes were copied. Returns 0 or an errno value.
int copy_stretch(int from, int to, off_t& at, off_t end) {
  while (at < end) {
    throw_if_interrupted();
    const auto some = static_cast<std::size_t>(std::min(part_of_copy, end - at));
    const ssize_t copied = ::sendfile(to, from, &at, some);
    if (copied < 0 && errno != EINTR) return errno;
    if (copied == 0) return 0;  // it was made shorter meanwhile
  }
  return 0;
}

int copy_all(int from, int to) {
  constexpr off_t no_end = off_t{1} << 62U;
  off_t at = 0;
  return copy_stretch(from, to, at, no_end);
}

}  // namespace

int copy_bytes(int from, int to) {
  if (::ioctl(to, FICLONE, from) == 0) return 0;
  struct stat source {};
  struct stat target {};
  if (::fstat(from, &source) != 0 || ::fstat(to, &target) != 0) return errno;
  constexpr off_t block = 512;  // of st_blocks
  const bool has_holes = source.st_blocks < source.st_size / block;
  if (!has_holes || !S_ISREG(target.st_mode)) return copy_all(from, to);
  off_t at = 0;
  while (at < source.st_size) {
    const Stretch stretch = next_stretch(from, at, source.st_size);
    at = stretch.begin;
    if (at == stretch.end) break;
    if (::lseek(to, at, SEEK_SET) < 0) return errno;
    if (const int error = copy_stretch(from, to, at, stretch.end); error != 0) return error;
    if (at < stretch.end) break;
  }
  return ::ftruncate(to, at) == 0 ? 0 : errno;
}

}  // namespace sconectl::host
