#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "oci/tar_block.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t longest_name = 100;
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

}  // namespace

void TarWriter::header(const TarEntry& entry, char type, std::uint64_t size) {
  TarHeader block{};
  put(block, 0, std::string_view(entry.path).substr(0, longest_name));
  put(block, 100, fmt::format("{:07o}", entry.mode));
  put(block, 108, fmt::format("{:07o}", entry.user > largest_owner ? 0 : entry.user));
  put(block, 116, fmt::format("{:07o}", entry.group > largest_owner ? 0 : entry.group));
  put(block, 124, fmt::format("{:011o}", size > largest_octal ? 0 : size));
  put(block, 136, fmt::format("{:011o}", std::min(time_, largest_octal)));
  block[156] = type;
  put(block, 157, std::string_view(entry.link).substr(0, longest_name));
  put(block, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  put_sum(block);
  out_({block.data(), block.size()});
}

void TarWriter::extended(const TarEntry& entry) {
  std::string records;
  if (entry.path.size() > longest_name) records += pax_record("path", entry.path);
  if (entry.link.size() > longest_name) records += pax_record("linkpath", entry.link);
  if (entry.user > largest_owner) records += pax_record("uid", fmt::format("{}", entry.user));
  if (entry.group > largest_owner) records += pax_record("gid", fmt::format("{}", entry.group));
  if (entry.size > largest_octal) records += pax_record("size", fmt::format("{}", entry.size));
  if (records.empty()) return;
  header({TarKind::file, "PaxHeaders/0", "", 0644}, 'x', records.size());
  out_(records);
  pad(records.size());
}

void TarWriter::pad(std::uint64_t size) {
  const std::string zeros(padding_behind(size), '\0');
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
