// What the database must hold, row by row: so that no row of an earlier time can take the place of
// the one that was stored last.
#pragma once

#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// One value for a set of rows, in whatever order they are put in: the sum (without carry) of a
/// keyed digest of each (RowSeal::digest). A row is put in and taken out by the same step. Who does
/// not know the key sees neither the digests nor the sum, so he can not choose rows that fit.
class RowSet {
 public:
  void flip(const crypto::Digest& row);
  void flip(const RowSet& other) { flip(other.sum_); }
  /// 64 hex digits.
  [[nodiscard]] std::string text() const;
  /// The same again. Throws Error{failed} for other text.
  [[nodiscard]] static RowSet from_text(std::string_view text);

 private:
  crypto::Digest sum_{};
};

/// What a write does to the rows, counted when it is on the disk.
struct RowChanges {
  RowSet set;
  /// Place -> version of the rows that were replaced.
  std::vector<std::pair<std::string, std::int64_t>> versions;
  /// The same of rows that are no more; forgotten already, known again if the write fails.
  std::vector<std::pair<std::string, std::int64_t>> gone;
  std::vector<std::string> sessions;  ///< that get another active version, or none any more
  bool facts = false;                 ///< there are new ones
};

/// How often rows were written, as far as this CAS has seen it: all states, values that were
/// replaced, and sessions of more than one version. Nothing older than the others could be put in
/// their place. Safe to use from several threads.
class RowVersions {
 public:
  RowVersions();
  struct Known {
    /// That the row has now, or a later one in a moment; 0: it may be missing.
    std::int64_t at_least = 0;
    std::uint64_t deletions = 0;  ///< that there had been
  };
  /// Ask before the row is read.
  [[nodiscard]] Known known(const std::string& place) const;
  /// Nothing was forgotten since: a row that is older than was known is wrong.
  [[nodiscard]] bool holds(const Known& known) const;
  void put(const std::string& place, std::int64_t version);
  /// The row may be missing from now on. Returns what was known.
  std::int64_t forget(const std::string& place);
  /// Every row may be missing, or any version, until put() is told of it again.
  void forget_all();

 private:
  [[nodiscard]] std::uint64_t name(const std::string& place) const;

  /// Rows are known by eight bytes of a digest under this key, of which nobody can choose two that
  /// are the same.
  crypto::Secret key_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, std::int64_t> versions_;
  std::uint64_t deletions_ = 0;
};

}  // namespace sconectl::casd
