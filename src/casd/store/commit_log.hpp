// What each commit has changed, for the other processes that use a shared database.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "casd/store/database.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/row_set.hpp"

namespace sconectl::casd {

/// One row for each of the newest commits, sealed with its number: none can be forged, left out or
/// put in another's place unseen.
class CommitLog {
 public:
  explicit CommitLog(const RowSeal& seal) : seal_(seal) {}

  /// So many are kept; who has seen less looks at the whole database again.
  static constexpr std::int64_t kept = 10'000;

  /// In the transaction of this commit. Returns what is stored of it.
  std::string append(Connection& connection, std::int64_t number, const RowChanges& changes) const;
  /// The same, without what is in the sets: of the commits after `after`, up to `last`, in their
  /// order; nothing if one of them is not there any more. Throws Error{failed} for a record that is
  /// not what was written.
  [[nodiscard]] std::optional<std::vector<RowChanges>> read(Connection& connection,
                                                            std::int64_t after,
                                                            std::int64_t last) const;

 private:
  const RowSeal& seal_;
};

}  // namespace sconectl::casd
