#include "image/tar.hpp"

#include <fmt/core.h>

#include <optional>

#include "sconectl/diag/error.hpp"

namespace sconectl::image {
namespace {

constexpr std::size_t tar_block = 512;

[[noreturn]] void refuse(const std::string& why) {
  throw diag::Error(diag::ErrorKind::invalid, why);
}

/// A NUL-terminated field of a header.
std::string_view field(std::string_view header, std::size_t offset, std::size_t length) {
  const std::string_view all = header.substr(offset, length);
  return all.substr(0, all.find('\0'));
}

std::size_t octal(std::string_view digits) {
  std::size_t value = 0;
  bool any = false;
  for (const char c : digits) {
    if (c == ' ' && !any) continue;
    if (c < '0' || c > '7') break;
    any = true;
    if (value >> 48U) refuse("the archive is damaged: a size is too large");
    value = value * 8 + static_cast<std::size_t>(c - '0');
  }
  if (!any) refuse("the archive is damaged: a size is not a number");
  return value;
}

/// `path` of a pax header: records "LENGTH key=value\n".
std::optional<std::string> pax_path(std::string_view records) {
  std::optional<std::string> path;
  while (!records.empty()) {
    const auto blank = records.find(' ');
    std::size_t length = 0;
    for (const char c : records.substr(0, blank)) {
      if (c < '0' || c > '9' || length > records.size()) refuse("the archive is damaged");
      length = length * 10 + static_cast<std::size_t>(c - '0');
    }
    if (blank == std::string_view::npos || length > records.size() || length < blank + 2)
      refuse("the archive is damaged: a pax record has a wrong length");
    const std::string_view record = records.substr(blank + 1, length - blank - 2);
    if (record.starts_with("path=")) path = std::string(record.substr(5));
    records.remove_prefix(length);
  }
  return path;
}

std::string clean(std::string path) {
  while (path.starts_with("./")) path.erase(0, 2);
  const std::string slashed = "/" + path + "/";
  if (path.empty() || path.front() == '/' || slashed.find("/../") != std::string::npos)
    refuse(fmt::format("the archive holds the path '{}', which leaves it", path));
  return path;
}

class Reader {
 public:
  Reader(std::string_view archive, const TarLimits& limits) : rest_(archive), limits_(limits) {}

  std::map<std::string, std::string> files() {
    while (rest_.size() >= tar_block && rest_.front() != '\0') {
      const std::string_view header = rest_.substr(0, tar_block);
      const std::size_t size = octal(header.substr(124, 12));
      rest_.remove_prefix(tar_block);
      if (size > rest_.size()) refuse("the archive ends in the middle of a file");
      entry(header, rest_.substr(0, size));
      rest_.remove_prefix(std::min(rest_.size(), (size + tar_block - 1) / tar_block * tar_block));
    }
    return std::move(files_);
  }

 private:
  void entry(std::string_view header, std::string_view content) {
    switch (header[156]) {
      case 'x':
        if (auto path = pax_path(content)) next_path_ = std::move(path);
        return;
      case 'L':
        next_path_ = std::string(content.substr(0, content.find('\0')));
        return;
      case 'g':
        return;
      default:
        break;
    }
    const std::string path = take_path(header);
    switch (header[156]) {
      case '0':
      case '\0':
        keep(clean(path), content);
        return;
      case '5':
        return;
      default:
        refuse(
            fmt::format("'{}' is a link or a special file; only files and directories are "
                        "accepted",
                        path));
    }
  }

  std::string take_path(std::string_view header) {
    if (next_path_) {
      std::string path = std::move(*next_path_);
      next_path_.reset();
      return path;
    }
    const std::string_view name = field(header, 0, 100);
    const bool ustar = header.substr(257, 6) == std::string_view("ustar\0", 6);
    const std::string_view prefix = ustar ? field(header, 345, 155) : std::string_view();
    return prefix.empty() ? std::string(name) : fmt::format("{}/{}", prefix, name);
  }

  void keep(const std::string& path, std::string_view content) {
    total_ += content.size();
    if (content.size() > limits_.file || total_ > limits_.total)
      refuse(fmt::format("'{}' is too large ({} bytes; at most {} for a file and {} in all)", path,
                         content.size(), limits_.file, limits_.total));
    files_[path] = std::string(content);
  }

  std::string_view rest_;
  const TarLimits& limits_;
  std::map<std::string, std::string> files_;
  std::optional<std::string> next_path_;
  std::size_t total_ = 0;
};

}  // namespace

std::map<std::string, std::string> untar(std::string_view archive, const TarLimits& limits) {
  return Reader(archive, limits).files();
}

}  // namespace sconectl::image
