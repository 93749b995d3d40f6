// The active versions that were read last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "casd/store/stored_session.hpp"

namespace sconectl::casd {

/// Versions never change; all that can become wrong is which one is active. So the writer says
/// which names get a new version, before it is visible to any reader, and when that is over; and
/// who has read a row says since when it may have been so: what was replaced since is not kept.
/// Bounded; what leaves is wiped, because texts may hold secrets. Safe to use from several threads.
class ActiveVersions {
 public:
  /// A point in the order of commits.
  using Moment = std::uint64_t;
  /// `most_bytes`: of the texts that are kept.
  explicit ActiveVersions(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// A null pointer if it is not known here.
  [[nodiscard]] StoredSessionPtr find(const std::string& name);
  [[nodiscard]] Moment now() const;
  /// `read_since`: now() before the row was read.
  void keep(const StoredSessionPtr& version, Moment read_since);

  /// In a transaction that gives `name` a new version, before its commit.
  void will_change(const std::string& name);
  /// Any of them may be another one now, written by somebody else.
  void forget_all();
  /// After the commit, or when there will be none.
  void changed();

 private:
  using Recent = std::list<StoredSessionPtr>;
  void forget(Recent::iterator entry);

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  Recent recent_;                                                   ///< most recently used first
  std::unordered_map<std::string_view, Recent::iterator> by_name_;  ///< the names are theirs
  std::size_t bytes_ = 0;
  std::unordered_set<std::string> changing_;
  Moment now_ = 0;
};

/// A version that wipes its texts when nobody needs it any more.
[[nodiscard]] StoredSessionPtr shared(StoredSession version);

}  // namespace sconectl::casd
