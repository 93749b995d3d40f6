#include "sconectl/image/file_hashes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view notes_form = "sconectl file hashes 1";
constexpr std::size_t largest_notes = std::size_t{64} << 20U;
constexpr std::chrono::seconds settling{2};

crypto::Digest hash_of(const host::Files& files, const fs::path& path) {
  crypto::Sha256 hash;
  files.read_in_parts(path, [&](std::string_view part) {
    host::throw_if_interrupted();
    hash.update(part);
  });
  return hash.finish();
}

std::array<std::uint64_t, 5> key_of(const host::FileStatus& status) {
  return {status.stamp.device, status.stamp.inode, status.size,
          static_cast<std::uint64_t>(status.stamp.modified),
          static_cast<std::uint64_t>(status.stamp.changed)};
}

std::optional<crypto::Digest> digest_in(std::string_view text) {
  crypto::Digest digest{};
  const auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

}  // namespace

FileHashes::FileHashes(host::Files& files, const host::Clock& clock, fs::path notes)
    : files_(files), clock_(&clock), notes_(std::move(notes)) {
  read_notes();
}

void FileHashes::read_notes() {
  std::optional<std::string> text;
  try {
    text = files_.read_if_exists(notes_, largest_notes);
  } catch (const diag::Error&) {
    return;  // the files are there
  }
  if (!text) return;
  const auto lines = text::lines(*text);
  if (lines.empty() || lines.front() != notes_form) return;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto words = text::split(lines[i], ' ');
    Key key{};
    const auto digest = digest_in(words[0]);
    if (words.size() != key.size() + 1 || !digest) return known_.clear();
    for (std::size_t k = 0; k < key.size(); ++k) {
      const auto number = text::number<std::uint64_t>(words[k + 1]);
      if (!number) return known_.clear();
      key[k] = *number;
    }
    known_.emplace(key, *digest);
  }
}

bool FileHashes::is_settled(const host::FileStamp& stamp) const {
  if (clock_ == nullptr || stamp.inode == 0) return false;
  const std::chrono::nanoseconds last(std::max(stamp.modified, stamp.changed));
  return last + settling <= clock_->now().time_since_epoch();
}

crypto::Digest FileHashes::of(const fs::path& path) {
  const auto before = files_.status(path);
  // Asked before the bytes are read: what changes from now on is younger.
  const bool settled = before && is_settled(before->stamp);
  if (!settled) return hash_of(files_, path);
  const Key key = key_of(*before);
  if (const auto known = known_.find(key); known != known_.end()) {
    asked_.insert(*known);
    return known->second;
  }
  const crypto::Digest digest = hash_of(files_, path);
  const auto after = files_.status(path);
  if (after && key_of(*after) == key) asked_[key] = digest;
  return digest;
}

void FileHashes::keep() {
  if (clock_ == nullptr || asked_ == known_) return;
  std::string text(notes_form);
  text += '\n';
  for (const auto& [key, digest] : asked_)
    text += fmt::format("{} {} {} {} {} {}\n", crypto::hex(crypto::view(digest)), key[0], key[1],
                        key[2], key[3], key[4]);
  try {
    files_.make_directories(notes_.parent_path(), 0700);
    files_.write(notes_, text, 0600, host::Durability::cached);
  } catch (const diag::Error&) {
    return;  // a full disk costs time later, nothing else
  }
  known_ = asked_;
}

}  // namespace sconectl::image
