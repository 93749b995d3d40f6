#include "sconectl/collateral/cache.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "sconectl/collateral/bundle.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::collateral {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr const char* fetched_file = "fetched";
constexpr std::size_t longest_time = 64;
constexpr unsigned for_us_only = 0700;

/// The earliest end of a list. Certificates live for years and are not what is fetched anew.
crypto::Time end_of(const attest::Collateral& collateral) {
  return validity_of(collateral).front().until;
}

std::optional<crypto::Time> fetched_at(const host::Files& files,
                                       const std::filesystem::path& directory) {
  auto text = files.read_if_exists(directory / fetched_file, longest_time);
  if (!text) return std::nullopt;
  if (text->ends_with('\n')) text->pop_back();
  return text::time(*text);
}

}  // namespace

/// One kind of platform.
struct Cache::Slot {
  std::mutex fetching;  ///< held by who fetches it
  std::mutex mutex;     ///< of all that follows, never held while something is fetched
  bool loaded = false;  ///< from disk
  std::optional<attest::Collateral> collateral;
  crypto::Time fetched{};
  crypto::Time ends{};
  crypto::Time asked{};       ///< for, the last time
  crypto::Time not_before{};  ///< of the next attempt, after a failure
  std::string failure;
};

Cache::Cache(Source& upstream, host::Files& files, host::Clock& clock, CacheOptions options,
             Warn warn)
    : upstream_(upstream),
      files_(files),
      clock_(clock),
      options_(std::move(options)),
      warn_(std::move(warn)) {}

crypto::Time Cache::now() const {
  return std::chrono::time_point_cast<std::chrono::seconds>(clock_.now());
}

attest::Collateral Cache::of(const attest::CollateralNeed& need) {
  const auto kept = slot(need);
  auto found = look_up(*kept, need);
  if (found.collateral && !found.worth_fetching) return *std::move(found.collateral);
  std::unique_lock fetching(kept->fetching, std::defer_lock);
  if (!found.collateral) {
    fetching.lock();
  } else if (!fetching.try_lock()) {
    return *std::move(found.collateral);  // somebody renews it, and it still counts
  }
  found = look_up(*kept, need);  // whoever was here before may have fetched it
  if (found.worth_fetching) return fetched(*kept, need, std::move(found.collateral));
  if (found.collateral) return *std::move(found.collateral);
  throw Error(ErrorKind::unavailable, found.failure);
}

Cache::InUse Cache::in_use() {
  std::vector<std::shared_ptr<Slot>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [need, slot] : slots_) all.push_back(slot);
  }
  InUse result;
  for (const auto& slot : all) {
    const std::scoped_lock lock(slot->mutex);
    if (!slot->collateral || now() - slot->asked > options_.fresh) continue;
    const bool first = result.kinds++ == 0;
    result.first_end = first ? slot->ends : std::min(result.first_end, slot->ends);
    result.last_end = std::max(result.last_end, slot->ends);
  }
  return result;
}

Cache::Found Cache::look_up(Slot& slot, const attest::CollateralNeed& need) const {
  const std::scoped_lock lock(slot.mutex);
  if (!slot.loaded) load(slot, need);
  const auto time = slot.asked = now();
  Found found;
  if (slot.collateral && time <= slot.ends) found.collateral = slot.collateral;
  found.worth_fetching =
      time >= slot.not_before && (!found.collateral || time - slot.fetched > options_.fresh);
  found.failure = slot.failure;
  return found;
}

/// What is new, or, if it can not be had, what still counts.
attest::Collateral Cache::fetched(Slot& slot, const attest::CollateralNeed& need,
                                  std::optional<attest::Collateral> current) {
  try {
    return fetch(slot, need);
  } catch (const Error& error) {
    const std::scoped_lock lock(slot.mutex);
    slot.not_before = now() + options_.after_failure;
    slot.failure = error.text();
    if (!current) throw;
    warn_(fmt::format("collateral {} is not renewed: {}", bundle_name(need), error.text()));
  }
  return *std::move(current);
}

std::shared_ptr<Cache::Slot> Cache::slot(const attest::CollateralNeed& need) {
  const std::scoped_lock lock(mutex_);
  auto& found = slots_[need];
  if (!found) found = std::make_shared<Slot>();
  auto result = found;
  if (slots_.size() > options_.kinds) {  // whoever uses it has it still, and it is on disk
    const auto other = slots_.begin()->first == need ? std::next(slots_.begin()) : slots_.begin();
    slots_.erase(other);
  }
  return result;
}

/// What is on disk is as good as what a network says: it is verified at every use.
void Cache::load(Slot& slot, const attest::CollateralNeed& need) const {
  slot.loaded = true;
  const auto directory = options_.directory / bundle_name(need);
  if (!files_.status(directory)) return;
  try {
    auto collateral = read_bundle(files_, directory);
    slot.ends = end_of(collateral);
    slot.fetched = fetched_at(files_, directory).value_or(crypto::Time{});
    slot.collateral = std::move(collateral);
  } catch (const Error& error) {
    warn_(fmt::format("collateral in {} is not used: {}", directory.string(), error.text()));
  }
}

attest::Collateral Cache::fetch(Slot& slot, const attest::CollateralNeed& need) {
  auto collateral = upstream_.of(need);
  crypto::Time ends;
  try {
    ends = end_of(collateral);
  } catch (const Error& error) {
    throw Error(
        ErrorKind::unavailable,
        fmt::format("the source of collateral gave what can not be read: {}", error.text()));
  }
  const auto time = now();
  keep(collateral, time, need);
  const std::scoped_lock lock(slot.mutex);
  slot.collateral = collateral;
  slot.ends = ends;
  slot.fetched = time;
  return collateral;
}

/// A full disk does not end a verification.
void Cache::keep(const attest::Collateral& collateral, crypto::Time time,
                 const attest::CollateralNeed& need) const try {
  auto tree = bundle_tree(collateral);
  tree[fetched_file] = {fmt::format("{:%FT%TZ}\n", time)};
  files_.make_directories(options_.directory, for_us_only);
  files_.replace_tree(options_.directory / bundle_name(need), tree, for_us_only);
  std::vector<std::pair<crypto::Time, std::string>> all;
  for (const auto& name : files_.list(options_.directory))
    all.emplace_back(fetched_at(files_, options_.directory / name).value_or(crypto::Time{}), name);
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i + options_.kinds < all.size(); ++i)
    files_.remove_tree(options_.directory / all[i].second);
} catch (const Error& error) {
  warn_(fmt::format("collateral {} is not kept: {}", bundle_name(need), error.text()));
}

}  // namespace sconectl::collateral
