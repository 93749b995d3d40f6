#include "casd/provisioning/creation_limit.hpp"

#include <chrono>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {
constexpr std::chrono::hours window{1};
constexpr std::size_t many_sources = 10'000;
/// Whoever has more addresses is not stopped by counting them, and memory is bounded.
constexpr std::size_t most_counted_sources = 1'000'000;
}  // namespace

void CreationLimit::forget_ended(crypto::Time now) {
  std::erase_if(sources_, [now](const auto& each) { return now >= each.second.begin + window; });
}

void CreationLimit::count(const std::string& source, crypto::Time now) {
  const std::lock_guard lock(mutex_);
  if (sources_.size() >= many_sources) forget_ended(now);
  if (sources_.size() >= most_counted_sources) sources_.clear();
  auto& hour = sources_.try_emplace(source, Hour{now}).first->second;
  if (now >= hour.begin + window || now < hour.begin) hour = Hour{now};
  if (hour.stored >= most_)
    throw diag::Error(
        diag::ErrorKind::too_many,
        "this address has stored as many versions of sessions in an hour as it may (" +
            std::to_string(most_) + ")");
  ++hour.stored;
}

}  // namespace sconectl::casd
