// Stored sessions as the session language sees them.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/secret_index.hpp"

namespace sconectl::casd {

/// A version of a session, and what its text says.
struct LoadedSession {
  LoadedSession(StoredSessionPtr the_version, session::Session parsed)
      : version(std::move(the_version)),
        stored(*version),
        session(std::move(parsed)),
        secrets_(session) {}
  LoadedSession(const LoadedSession&) = delete;
  LoadedSession& operator=(const LoadedSession&) = delete;

  /// A null pointer if it has none of this name.
  [[nodiscard]] const session::Secret* secret(std::string_view name) const {
    return secrets_.find(name);
  }

  StoredSessionPtr version;
  const StoredSession& stored;  ///< *version
  session::Session session;

 private:
  session::SecretIndex secrets_;
};
using LoadedSessionPtr = std::shared_ptr<const LoadedSession>;

/// Reads versions from the store and remembers the parsed form of those used last. A version never
/// changes, so nothing here can become stale; which one is active is asked anew every time.
class SessionCache {
 public:
  explicit SessionCache(const Store& store) : store_(store) {}

  /// A null pointer if there is no such session (or version of it).
  [[nodiscard]] LoadedSessionPtr active(const std::string& name) const;
  [[nodiscard]] LoadedSessionPtr version(const std::string& name, const std::string& hash) const;
  /// The same version, parsed.
  [[nodiscard]] LoadedSessionPtr parsed(const StoredSessionPtr& version) const;
  /// Keeps nothing of this session and all below it any more: they were locked.
  void forget(const std::string& name) const;
  /// As active(), but absence is Error{not_found} with the text of RA-012.
  [[nodiscard]] LoadedSessionPtr required(const std::string& name) const;

 private:
  const Store& store_;
  mutable std::mutex mutex_;
  /// Most recently used first.
  mutable std::list<std::pair<std::string, LoadedSessionPtr>> recent_;
  mutable std::unordered_map<std::string, decltype(recent_)::iterator> index_;
  mutable std::size_t bytes_ = 0;
};

/// "Session not found", with the name as its cause.
[[nodiscard]] diag::Error session_not_found(const std::string& name);

}  // namespace sconectl::casd
