#include "supply/zip.hpp"

#include <algorithm>

namespace sconectl::supply {
namespace {

constexpr std::string_view end_mark = "PK\x05\x06";
constexpr std::string_view entry_mark = "PK\x01\x02";
constexpr std::string_view local_mark = "PK\x03\x04";
constexpr std::size_t end_size = 22;
constexpr std::size_t entry_size = 46;
constexpr std::size_t local_size = 30;
constexpr std::size_t longest_comment = 65'535;

/// `bytes` bytes, least significant first. The caller has looked that they are there.
std::uint32_t little_endian(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(text[at + i - 1]);
  }
  return value;
}

std::uint16_t short_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint16_t>(little_endian(text, at, 2));
}

/// The part of a text, or nothing if it is not all there.
std::optional<std::string_view> slice(std::string_view text, std::size_t at, std::size_t size) {
  if (at > text.size() || size > text.size() - at) return std::nullopt;
  return text.substr(at, size);
}

}  // namespace

std::optional<std::vector<ZipEntry>> zip_directory(std::string_view archive) {
  const std::size_t tail = archive.size() - std::min(archive.size(), end_size + longest_comment);
  const std::size_t found = archive.substr(tail).rfind(end_mark);
  if (found == std::string_view::npos) return std::nullopt;
  const auto end = slice(archive, tail + found, end_size);
  if (!end) return std::nullopt;
  const std::size_t count = short_at(*end, 10);
  const auto directory = slice(archive, little_endian(*end, 16, 4), little_endian(*end, 12, 4));
  if (!directory) return std::nullopt;

  std::vector<ZipEntry> entries;
  entries.reserve(count);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto header = slice(*directory, at, entry_size);
    if (!header || !header->starts_with(entry_mark)) return std::nullopt;
    const std::size_t name_size = short_at(*header, 28);
    const auto name = slice(*directory, at + entry_size, name_size);
    if (!name) return std::nullopt;
    entries.push_back({*name, short_at(*header, 10), little_endian(*header, 20, 4),
                       little_endian(*header, 24, 4), little_endian(*header, 42, 4)});
    at += entry_size + name_size + short_at(*header, 30) + short_at(*header, 32);
  }
  return entries;
}

std::optional<std::string_view> raw_content(std::string_view archive, const ZipEntry& entry) {
  const auto header = slice(archive, entry.offset, local_size);
  if (!header || !header->starts_with(local_mark)) return std::nullopt;
  const std::size_t before = local_size + short_at(*header, 26) + short_at(*header, 28);
  return slice(archive, entry.offset + before, entry.compressed_size);
}

std::optional<std::string_view> stored_content(std::string_view archive, const ZipEntry& entry) {
  return entry.method == stored ? raw_content(archive, entry) : std::nullopt;
}

}  // namespace sconectl::supply
