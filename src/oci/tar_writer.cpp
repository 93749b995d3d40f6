#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "oci/tar_block.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t longest_name = 100;
/// What eleven octal digits hold.
constexpr std::uint64_t largest_octal = (std::uint64_t{1} << 33U) - 1;

/// What seven hold.
constexpr std::uint64_t largest_owner = (std::uint64_t{1} << 21U) - 1;

char type_of(TarKind kind) {
  switch (kind) {
    case TarKind::directory:
      return '5';
    case TarKind::symbolic_link:
      return '2';
    case TarKind::hard_link:
      return '1';
    default:
      return '0';
  }
}

void put(std::array<char, tar_block>& block, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

/// "LENGTH key=value\n", where the length counts itself.
std::string record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

void TarWriter::header(const TarEntry& entry, char type, std::uint64_t size) {
  std::array<char, tar_block> block{};
  put(block, 0, std::string_view(entry.path).substr(0, longest_name));
  put(block, 100, fmt::format("{:07o}", entry.mode));
  put(block, 108, fmt::format("{:07o}", entry.user > largest_owner ? 0 : entry.user));
  put(block, 116, fmt::format("{:07o}", entry.group > largest_owner ? 0 : entry.group));
  put(block, 124, fmt::format("{:011o}", size > largest_octal ? 0 : size));
  put(block, 136, fmt::format("{:011o}", time_));
  put(block, 148, "        ");
  block[156] = type;
  put(block, 157, std::string_view(entry.link).substr(0, longest_name));
  put(block, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, fmt::format("{:06o}", sum));
  block[154] = '\0';
  out_({block.data(), block.size()});
}

void TarWriter::extended(const TarEntry& entry) {
  std::string records;
  if (entry.path.size() > longest_name) records += record("path", entry.path);
  if (entry.link.size() > longest_name) records += record("linkpath", entry.link);
  if (entry.user > largest_owner) records += record("uid", fmt::format("{}", entry.user));
  if (entry.group > largest_owner) records += record("gid", fmt::format("{}", entry.group));
  if (entry.size > largest_octal) records += record("size", fmt::format("{}", entry.size));
  if (records.empty()) return;
  header({TarKind::file, "PaxHeaders/0", "", 0644}, 'x', records.size());
  out_(records);
  pad(records.size());
}

void TarWriter::pad(std::uint64_t size) {
  const std::string zeros(static_cast<std::size_t>((tar_block - size % tar_block) % tar_block),
                          '\0');
  if (!zeros.empty()) out_(zeros);
}

void TarWriter::add(const TarEntry& given, const std::function<void(const Sink& take)>& content) {
  TarEntry entry = given;
  const bool is_file = entry.kind == TarKind::file;
  if (!is_file) entry.size = 0;
  if (entry.kind == TarKind::directory) entry.path += '/';
  extended(entry);
  header(entry, type_of(entry.kind), entry.size);
  if (!is_file) return;
  std::uint64_t written = 0;
  const auto changed = [&] {
    return diag::Error(
        diag::ErrorKind::failed,
        fmt::format("'{}' was changed while it was packed; run it again", entry.path));
  };
  if (content)
    content([&](std::string_view part) {
      written += part.size();
      if (written > entry.size) throw changed();
      out_(part);
    });
  if (written != entry.size) throw changed();
  pad(entry.size);
}

void TarWriter::finish() {
  const std::string zeros(2 * tar_block, '\0');
  out_(zeros);
}

}  // namespace sconectl::oci
