#include "image/memory_links.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/host/memory_link.hpp"

namespace sconectl::image {
namespace {

constexpr std::array<std::string_view, 3> mounted_files = {"/etc/hosts", "/etc/hostname",
                                                           "/etc/resolv.conf"};
constexpr std::array<std::string_view, 3> mounted_folders = {"/proc/", "/sys/", "/dev/"};
constexpr std::string_view meaningful = "$\\\"'*?[]";

bool is_linkable(const std::filesystem::path& path) {
  const std::string text = path.generic_string();
  const bool odd = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || meaningful.find(c) != std::string_view::npos;
  });
  return path.is_absolute() && path.has_filename() && !odd &&
         std::find(mounted_files.begin(), mounted_files.end(), text) == mounted_files.end() &&
         std::none_of(mounted_folders.begin(), mounted_folders.end(),
                      [&](std::string_view folder) { return text.starts_with(folder); });
}

}  // namespace

MemoryLinks memory_links(const std::string& reference, const std::vector<InjectedFile>& files) {
  MemoryLinks result;
  for (const InjectedFile& file : files) {
    const auto path = std::filesystem::path(file.path).lexically_normal();
    if (!is_linkable(path)) continue;
    const std::string folder = path.parent_path().generic_string();
    const std::size_t number = result.folders.emplace(folder, result.folders.size()).first->second;
    const auto digest = crypto::hex(crypto::view(crypto::sha256(reference + "\n" + file.path)));
    result.links[fmt::format("links/{}/{}", number, path.filename().generic_string())] = {
        fmt::format("{}/{}{}", host::memory_directory, host::memory_link_prefix,
                    digest.substr(0, 16))};
  }
  return result;
}

}  // namespace sconectl::image
