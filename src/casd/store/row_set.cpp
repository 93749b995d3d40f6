#include "casd/store/row_set.hpp"

#include "sconectl/crypto/encoding.hpp"

namespace sconectl::casd {

void RowSet::flip(const crypto::Digest& row) {
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] ^= row[i];
}

std::string RowSet::text() const {
  return crypto::hex(crypto::view(sum_));
}

std::int64_t RowVersions::at_least(const std::string& place) const {
  const std::shared_lock lock(mutex_);
  const auto found = versions_.find(place);
  return found == versions_.end() ? 1 : found->second;
}

void RowVersions::put(const std::string& place, std::int64_t version) {
  if (version <= 1) return;
  const std::unique_lock lock(mutex_);
  versions_[place] = version;
}

}  // namespace sconectl::casd
