#include "casd/store/active_versions.hpp"

namespace sconectl::casd {

namespace {

/// Of the entry, its two places in the containers and the short fields.
constexpr std::size_t bytes_of_an_entry = 600;

std::size_t size_of(const StoredSession& version) {
  return version.text.size() + version.upload.size() + version.name.size() + bytes_of_an_entry;
}

}  // namespace

StoredSessionPtr shared(StoredSession version) {
  return {new StoredSession(std::move(version)), [](StoredSession* mine) {
            crypto::wipe(mine->text);
            crypto::wipe(mine->upload);
            delete mine;
          }};
}

StoredSessionPtr ActiveVersions::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return *found->second;
}

ActiveVersions::Moment ActiveVersions::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ActiveVersions::keep(const StoredSessionPtr& version, Moment read_since) {
  const auto size = size_of(*version);
  if (size > most_bytes_ / 4) return;
  const std::lock_guard lock(mutex_);
  if (read_since != now_ || changing_.contains(version->name) || by_name_.contains(version->name))
    return;
  recent_.push_front(version);
  by_name_.emplace(version->name, recent_.begin());
  bytes_ += size;
  while (bytes_ > most_bytes_) forget(std::prev(recent_.end()));
}

void ActiveVersions::will_change(const std::string& name) {
  const std::lock_guard lock(mutex_);
  changing_.insert(name);
  if (const auto found = by_name_.find(name); found != by_name_.end()) forget(found->second);
}

void ActiveVersions::forget_all() {
  const std::lock_guard lock(mutex_);
  while (!recent_.empty()) forget(recent_.begin());
  ++now_;
}

void ActiveVersions::changed() {
  const std::lock_guard lock(mutex_);
  changing_.clear();
  ++now_;
}

void ActiveVersions::forget(Recent::iterator entry) {
  bytes_ -= size_of(**entry);
  by_name_.erase((*entry)->name);  // before the name itself goes
  recent_.erase(entry);
}

}  // namespace sconectl::casd
