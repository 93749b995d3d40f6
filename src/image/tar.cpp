#include "image/tar.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::image {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw diag::Error(diag::ErrorKind::invalid, why);
}

void check_path(const std::string& path) {
  const std::string slashed = "/" + path + "/";
  if (path.empty() || path.front() == '/' || slashed.find("/../") != std::string::npos)
    refuse(fmt::format("the archive holds the path '{}', which leaves it", path));
}

}  // namespace

std::map<std::string, std::string> untar(std::string_view archive, const TarLimits& limits) {
  std::map<std::string, std::string> files;
  std::uint64_t total = 0;
  oci::TarReader reader([&](const oci::TarEntry& entry) -> oci::Sink {
    if (entry.kind == oci::TarKind::directory) return {};
    if (entry.kind != oci::TarKind::file)
      refuse(fmt::format(
          "'{}' is a link or a special file; only files and directories are accepted", entry.path));
    check_path(entry.path);
    total += entry.size;
    if (entry.size > limits.file || total > limits.total)
      refuse(fmt::format("'{}' is too large ({} bytes; at most {} for a file and {} in all)",
                         entry.path, entry.size, limits.file, limits.total));
    std::string& bytes = files[entry.path];
    bytes.clear();
    return [&bytes](std::string_view part) { bytes += part; };
  });
  reader.take(archive);
  reader.finish();
  return files;
}

}  // namespace sconectl::image
