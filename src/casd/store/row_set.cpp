#include "casd/store/row_set.hpp"

#include <algorithm>
#include <cstring>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

void RowSet::flip(const crypto::Digest& row) {
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] ^= row[i];
}

std::string RowSet::text() const {
  return crypto::hex(crypto::view(sum_));
}

RowSet RowSet::from_text(std::string_view text) {
  RowSet set;
  const auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != set.sum_.size())
    throw diag::Error(diag::ErrorKind::failed, "the sealed set of entries has another form");
  std::copy(bytes->begin(), bytes->end(), set.sum_.begin());
  return set;
}

RowVersions::RowVersions() : key_(crypto::random_bytes(32)) {}

std::uint64_t RowVersions::name(const std::string& place) const {
  std::uint64_t name = 0;
  const auto digest = crypto::hmac_sha256(key_.view(), place);
  std::memcpy(&name, digest.data(), sizeof name);
  return name;
}

RowVersions::Known RowVersions::known(const std::string& place) const {
  const auto row = name(place);
  const std::shared_lock lock(mutex_);
  const auto found = versions_.find(row);
  return {found == versions_.end() ? 0 : found->second, deletions_};
}

bool RowVersions::holds(const Known& known) const {
  const std::shared_lock lock(mutex_);
  return deletions_ == known.deletions;
}

void RowVersions::put(const std::string& place, std::int64_t version) {
  const auto row = name(place);
  const std::unique_lock lock(mutex_);
  auto& known = versions_[row];
  known = std::max(known, version);
}

std::int64_t RowVersions::forget(const std::string& place) {
  const auto row = name(place);
  const std::unique_lock lock(mutex_);
  ++deletions_;
  const auto found = versions_.find(row);
  if (found == versions_.end()) return 0;
  const auto version = found->second;
  versions_.erase(found);
  return version;
}

void RowVersions::forget_all() {
  const std::unique_lock lock(mutex_);
  ++deletions_;
  versions_.clear();
}

}  // namespace sconectl::casd
