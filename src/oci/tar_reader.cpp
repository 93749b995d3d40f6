#include <fmt/format.h>

#include <algorithm>

#include "oci/tar_block.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::oci {
namespace {

constexpr unsigned all_mode_bits = 07777;

/// A field that ends with NUL or where its place ends.
std::string_view text_field(std::string_view header, std::size_t at, std::size_t length) {
  const std::string_view all = header.substr(at, length);
  return all.substr(0, all.find('\0'));
}

TarKind kind_of_type(char type) {
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return TarKind::file;
    case '5':
      return TarKind::directory;
    case '2':
      return TarKind::symbolic_link;
    case '1':
      return TarKind::hard_link;
    default:
      return TarKind::other;
  }
}

std::string cleaned(std::string path) {
  while (path.starts_with("./")) path.erase(0, 2);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

void TarReader::take(std::string_view part) {
  while (!part.empty() && !ended_) {
    if (left_ > 0) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, part.size()));
      if (extends_ != 0) extended_ += part.substr(0, some);
      if (content_) content_(part.substr(0, some));
      left_ -= some;
      part.remove_prefix(some);
      if (left_ == 0) end_of_content();
      continue;
    }
    if (padding_ > 0) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(padding_, part.size()));
      padding_ -= some;
      part.remove_prefix(some);
      continue;
    }
    const std::size_t some = std::min(tar_block - pending_.size(), part.size());
    pending_ += part.substr(0, some);
    part.remove_prefix(some);
    if (pending_.size() < tar_block) return;
    block(pending_);
    pending_.clear();
  }
}

void TarReader::finish() const {
  if (left_ > 0 || !pending_.empty() || extends_ != 0)
    damaged_archive("it ends in the middle of an entry");
}

void TarReader::block(std::string_view block) {
  if (std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; })) {
    ended_ = true;
    return;
  }
  check_sum(block);
  begin(block);
}

void TarReader::begin(std::string_view header) {
  const char type = header[156];
  left_ = number_field(header, 124, 12);
  content_ = {};
  const bool extends = type == 'x' || type == 'L' || type == 'K' || type == 'g';
  if (extends) {
    if (left_ > largest_extended) damaged_archive("a name is too long");
    extends_ = type;
    extended_.clear();
  } else {
    TarEntry entry;
    entry.kind = kind_of_type(type);
    entry.path = text_field(header, 0, 100);
    const bool posix = header.substr(257, 6) == std::string_view("ustar\0", 6);
    if (const auto prefix = text_field(header, 345, 155); posix && !prefix.empty())
      entry.path = fmt::format("{}/{}", prefix, entry.path);
    entry.link = text_field(header, 157, 100);
    entry.mode = static_cast<unsigned>(number_field(header, 100, 8)) & all_mode_bits;
    entry.user = number_field(header, 108, 8);
    entry.group = number_field(header, 116, 8);
    entry.time = number_field(header, 136, 12);
    entry.size = left_;
    apply_extended(entry);
    // Links and directories have none, whatever their header says.
    if (entry.kind != TarKind::file && entry.kind != TarKind::other) left_ = entry.size = 0;
    entry.path = cleaned(std::move(entry.path));
    content_ = on_entry_(entry);
  }
  padding_ = padding_behind(left_);
  if (left_ == 0) end_of_content();
}

void TarReader::apply_extended(TarEntry& entry) {
  if (!next_path_.empty()) entry.path = std::exchange(next_path_, {});
  if (!next_link_.empty()) entry.link = std::exchange(next_link_, {});
  if (const auto user = text::number<std::uint64_t>(std::exchange(next_user_, {})))
    entry.user = *user;
  if (const auto group = text::number<std::uint64_t>(std::exchange(next_group_, {})))
    entry.group = *group;
  if (next_size_.empty()) return;
  const auto size = text::number<std::uint64_t>(std::exchange(next_size_, {}));
  if (!size) damaged_archive("a size is no number");
  left_ = entry.size = *size;
}

void TarReader::end_of_content() {
  if (extends_ != 0) read_extended();
  extends_ = 0;
  content_ = {};
}

void TarReader::read_extended() {
  const auto up_to_nul = [&] { return extended_.substr(0, extended_.find('\0')); };
  if (extends_ == 'L') next_path_ = up_to_nul();
  if (extends_ == 'K') next_link_ = up_to_nul();
  if (extends_ != 'x') return;
  for_each_pax_record(extended_, [&](std::string_view key, std::string_view value) {
    if (key == "path") next_path_ = value;
    if (key == "linkpath") next_link_ = value;
    if (key == "size") next_size_ = value;
    if (key == "uid") next_user_ = value;
    if (key == "gid") next_group_ = value;
  });
}

}  // namespace sconectl::oci
