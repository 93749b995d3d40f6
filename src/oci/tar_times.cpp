#include "sconectl/oci/tar_times.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "oci/tar_block.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t type_at = 156;
constexpr std::size_t size_at = 124;
constexpr std::size_t time_at = 136;
constexpr std::size_t number_length = 12;
constexpr std::uint64_t largest_content = std::uint64_t{1} << 62U;

bool is_time(std::string_view key) {
  return key == "mtime" || key == "atime" || key == "ctime" || key == "LIBARCHIVE.creationtime";
}

/// Links, devices and directories have no content, whatever their header says.
bool has_no_content(char type) {
  return type >= '1' && type <= '6';
}

}  // namespace

TarTimes::TarTimes(Sink out, std::uint64_t time)
    : out_(std::move(out)), time_(fmt::format("{:011o}", std::min(time, largest_octal))) {}

void TarTimes::take(std::string_view part) {
  while (!part.empty()) {
    if (ended_) return out_(part);
    if (left_ > 0) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, part.size()));
      if (is_extension_)
        extension_ += part.substr(0, some);
      else
        out_(part.substr(0, some));
      left_ -= some;
      part.remove_prefix(some);
      if (left_ == 0 && is_extension_) end_of_extension();
      continue;
    }
    const std::size_t some = std::min(header_.size() - filled_, part.size());
    std::copy_n(part.begin(), some, header_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += some;
    part.remove_prefix(some);
    if (filled_ < header_.size()) return;
    filled_ = 0;
    block();
  }
}

void TarTimes::finish() const {
  if (left_ > 0 || filled_ > 0 || has_next_size_)
    damaged_archive("it ends in the middle of an entry");
}

void TarTimes::block() {
  const std::string_view header(header_.data(), header_.size());
  if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) {
    ended_ = true;
    return out_(header);
  }
  check_sum(header);
  begin(header_[type_at]);
}

void TarTimes::begin(char type) {
  if (type == 'S') damaged_archive("it has sparse files of GNU tar");
  std::uint64_t size = number_field({header_.data(), header_.size()}, size_at, number_length);
  if (type == 'x' || type == 'g') {
    if (size > largest_extended) damaged_archive("a name is too long");
    is_extension_ = size > 0;
    extension_size_ = size;
    extension_.clear();
    left_ = size + padding_behind(size);
    if (size == 0) pass_header();
    return;
  }
  const bool is_name = type == 'L' || type == 'K';
  if (has_next_size_ && !is_name) {
    size = next_size_;
    has_next_size_ = false;
  }
  if (has_no_content(type)) size = 0;
  if (size > largest_content) damaged_archive("a file is too large");
  left_ = size + padding_behind(size);
  pass_header();
}

void TarTimes::end_of_extension() {
  is_extension_ = false;
  extension_.resize(static_cast<std::size_t>(extension_size_));
  std::string kept;
  for_each_pax_record(extension_, [&](std::string_view key, std::string_view value) {
    if (is_time(key)) return;
    kept += pax_record(key, value);
    if (key != "size" || header_[type_at] != 'x') return;
    const auto size = text::number<std::uint64_t>(value);
    if (!size) damaged_archive("a size is no number");
    next_size_ = *size;
    has_next_size_ = true;
  });
  if (kept.empty()) return;
  put(header_, size_at, fmt::format("{:011o}", kept.size()));
  pass_header();
  kept.append(padding_behind(kept.size()), '\0');
  out_(kept);
}

void TarTimes::pass_header() {
  put(header_, time_at, time_);
  header_[time_at + time_.size()] = '\0';
  put_sum(header_);
  out_({header_.data(), header_.size()});
}

}  // namespace sconectl::oci
