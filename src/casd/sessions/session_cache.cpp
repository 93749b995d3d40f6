#include "casd/sessions/session_cache.hpp"

#include <fmt/format.h>

#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::casd {

namespace {
/// Text of the sessions that are kept parsed; the parsed form is about eight times larger.
constexpr std::size_t most_bytes = 512UL * 1024;
}  // namespace

diag::Error session_not_found(const std::string& name) {
  return {diag::ErrorKind::not_found,
          std::string(cas::message::session_not_found),
          {"there is no session '" + name + "'"}};
}

LoadedSessionPtr SessionCache::active(const std::string& name) const {
  const auto stored = store_.active(name);
  return stored ? parsed(stored) : nullptr;
}

LoadedSessionPtr SessionCache::version(const std::string& name, const std::string& hash) const {
  auto stored = store_.version(name, hash);
  return stored ? parsed(shared(std::move(*stored))) : nullptr;
}

LoadedSessionPtr SessionCache::required(const std::string& name) const {
  auto loaded = active(name);
  if (!loaded) throw session_not_found(name);
  return loaded;
}

LoadedSessionPtr SessionCache::parsed(const StoredSessionPtr& version) const {
  // A session that was deleted may come again, with the same text and from somebody else.
  const std::string key =
      fmt::format("{} {} {} {} {} {}", version->hash, version->sequence, version->created,
                  version->upload.size(), version->sure_reader, version->name);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return found->second->second;
    }
  }
  auto session = session::parse_stored("session '" + version->name + "'", version->text);
  auto loaded = std::make_shared<const LoadedSession>(version, std::move(session));
  const auto size = version->text.size();
  if (size > most_bytes / 4) return loaded;
  const std::lock_guard lock(mutex_);
  if (index_.contains(key)) return loaded;
  if (store_.known_as_locked(version->name)) return loaded;
  recent_.emplace_front(key, loaded);
  index_[key] = recent_.begin();
  bytes_ += size;
  while (bytes_ > most_bytes) {
    bytes_ -= recent_.back().second->stored.text.size();
    index_.erase(recent_.back().first);
    recent_.pop_back();
  }
  return loaded;
}

void SessionCache::forget(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  for (auto entry = recent_.begin(); entry != recent_.end();) {
    const auto& session = entry->second->stored;
    if (session.name != name && !session.name.starts_with(name + "/")) {
      ++entry;
      continue;
    }
    bytes_ -= session.text.size();
    index_.erase(entry->first);
    entry = recent_.erase(entry);
  }
}

}  // namespace sconectl::casd
