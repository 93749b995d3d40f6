// What each commit has changed, for the other processes that use a shared database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/database.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/row_set.hpp"

namespace sconectl::casd {

/// One row for each of the newest commits, sealed with its number: none can be forged, left out or
/// put in the place of one with another number unseen.
class CommitLog {
 public:
  explicit CommitLog(const RowSeal& seal) : seal_(seal) {}

  /// So many are kept; who has seen less looks at the whole database again.
  static constexpr std::int64_t kept = 10'000;

  /// In the transaction of this commit. Returns what is stored of it.
  std::string append(Connection& connection, std::int64_t number, const RowChanges& changes) const;
  /// What of the record of a commit tells it from every other commit of this number.
  [[nodiscard]] static std::string mark(std::string_view stored) { return seal_end(stored); }
  struct Record {
    std::string mark;
    RowChanges changes;  ///< without what is in the set
  };
  /// Of the commits from `first` to `last`; nothing if one of them is not there (any more). Throws
  /// Error{failed} for a record that is not what was written.
  [[nodiscard]] std::optional<std::vector<Record>> read(Connection& connection, std::int64_t first,
                                                        std::int64_t last) const;
  /// Of one commit; nothing if it is not there (any more).
  [[nodiscard]] static std::optional<std::string> mark_of(Connection& connection,
                                                          std::int64_t number);

 private:
  const RowSeal& seal_;
};

}  // namespace sconectl::casd
