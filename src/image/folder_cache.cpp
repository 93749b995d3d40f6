#include "image/folder_cache.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::image {
namespace {

constexpr std::string_view heading = "sconectl scone folder 1\n";
constexpr std::size_t largest_folder = 32UL * 1024 * 1024;

/// Reads a decimal number and the byte that ends it.
std::optional<std::size_t> take_number(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const auto value = text::number<std::size_t>(text.substr(0, length));
  text.remove_prefix(length + 1);
  return value;
}

std::string encode(const SconeFolder& folder) {
  std::string text(heading);
  for (const auto& [path, bytes] : folder)
    text += fmt::format("{} {}\n{}{}", path.size(), bytes.size(), path, bytes);
  return text;
}

std::optional<SconeFolder> decode(std::string_view text) {
  if (!text.starts_with(heading)) return std::nullopt;
  text.remove_prefix(heading.size());
  SconeFolder folder;
  while (!text.empty()) {
    const auto name = take_number(text, ' ');
    const auto length = name ? take_number(text, '\n') : std::nullopt;
    if (!length || *name > text.size() || *length > text.size() - *name) return std::nullopt;
    folder[std::string(text.substr(0, *name))] = std::string(text.substr(*name, *length));
    text.remove_prefix(*name + *length);
  }
  return folder;
}

}  // namespace

FolderCache::FolderCache(host::Files& files, std::filesystem::path directory)
    : files_(files), directory_(std::move(directory)) {}

std::optional<std::filesystem::path> FolderCache::path(const std::string& image_id) const {
  const std::string name = image_id.substr(image_id.find(':') + 1);
  if (directory_.empty() || name.size() < 32 || !text::is_hex(name, name.size()))
    return std::nullopt;
  return directory_ / name;
}

std::optional<SconeFolder> FolderCache::find(const std::string& image_id) const {
  const auto file = path(image_id);
  if (!file) return std::nullopt;
  try {
    const auto text = files_.read_if_exists(*file, largest_folder);
    return text ? decode(*text) : std::nullopt;
  } catch (const diag::Error&) {
    return std::nullopt;  // the image has it too
  }
}

void FolderCache::keep(const std::string& image_id, const SconeFolder& folder) {
  const auto file = path(image_id);
  if (!file) return;
  try {
    files_.make_directories(directory_, 0700);
    files_.write(*file, encode(folder), 0600, host::Durability::cached);
  } catch (const diag::Error&) {
    return;  // a full disk costs time later, nothing else
  }
}

}  // namespace sconectl::image
