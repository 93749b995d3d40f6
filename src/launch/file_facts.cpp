#include "file_facts.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::launch {

using crypto::ListedKind;

namespace {

constexpr std::size_t read_size = std::size_t{256} << 10U;
constexpr unsigned mode_bits = 07777;

struct CloseFile {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

std::optional<std::vector<std::string>> names_in(const std::string& directory) {
  const std::unique_ptr<DIR, CloseFile> opened(::opendir(directory.c_str()));
  if (!opened) return std::nullopt;
  std::vector<std::string> result;
  while (const dirent* entry = ::readdir(opened.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") result.push_back(name);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::optional<std::string> sha256_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  crypto::Sha256 hash;
  std::string buffer(read_size, '\0');
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0 ||
         (got < 0 && errno == EINTR))
    if (got > 0) hash.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (got < 0) return std::nullopt;
  return crypto::hex(crypto::view(hash.finish()));
}

std::string link_target(const std::string& path) {
  std::string result(PATH_MAX, '\0');
  const ssize_t length = ::readlink(path.c_str(), result.data(), result.size());
  result.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return result;
}

std::optional<ListedKind> kind_of(const struct stat& found) {
  if (S_ISDIR(found.st_mode)) return ListedKind::directory;
  if (S_ISREG(found.st_mode)) return ListedKind::file;
  if (S_ISLNK(found.st_mode)) return ListedKind::link;
  return std::nullopt;
}

unsigned mode_of(const struct stat& found) {
  return S_ISLNK(found.st_mode) ? 0 : found.st_mode & mode_bits;
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory == "/" ? "/" + name : directory + "/" + name;
}

}  // namespace sconectl::launch
