#include "casd/provisioning/request_rate.hpp"

#include <algorithm>

namespace sconectl::casd {

namespace {

using std::chrono::nanoseconds;
/// What a bucket holds, as the time in which it comes.
constexpr nanoseconds whole_bucket = std::chrono::seconds(1);

}  // namespace

RequestRate::RequestRate(std::uint32_t per_second)
    : token_(whole_bucket / std::max<std::uint32_t>(per_second, 1)) {}

std::optional<RequestRate::Refused> RequestRate::count(const std::string& source, Time now) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(source);
  if (found == buckets_.end()) {
    if (buckets_.size() >= most_sources) forget(now);
    found = buckets_.emplace(source, Bucket{now, {}}).first;
  }
  auto& [full, told] = found->second;
  full = std::max(full, now);
  const auto missing = full + token_ - now;
  if (missing <= whole_bucket) {
    full += token_;
    return std::nullopt;
  }
  const bool tell = !told || now - *told >= between_tellings;
  if (tell) told = now;
  return Refused{std::chrono::ceil<std::chrono::seconds>(missing - whole_bucket), tell};
}

std::size_t RequestRate::sources() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

/// So much at once that it is rare, whatever the addresses do.
void RequestRate::forget(Time now) {
  std::erase_if(buckets_, [now](const auto& each) { return each.second.full <= now; });
  if (buckets_.size() > most_sources / 2) buckets_.clear();
}

}  // namespace sconectl::casd
