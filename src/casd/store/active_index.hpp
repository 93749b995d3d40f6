// Which version of each session is active, in a file beside the database: the next start can serve
// before it has looked at every row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/database.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/row_seal.hpp"

namespace sconectl::casd {

/// Sealed as a whole, so that it is as it was written; which state of the database it is of stands
/// in it. Rows that are newer are added by who uses it. It can be lost without harm.
class ActiveIndex {
 public:
  /// Of the table session_versions.
  struct Position {
    std::int64_t row = 0;
    std::int64_t sequence = 0;
  };
  /// The moment that the index was made at.
  struct Moment {
    std::int64_t commits = 0;
    std::int64_t rows = 0;      ///< of session_versions
    std::int64_t last_row = 0;  ///< the largest row id
    /// The end of that row's seal. Seals are random, so a database that went another way since an
    /// earlier copy has another one.
    std::string last_seal;
  };

  /// Nothing if there is no such file, or it is not one that this CAS has written.
  [[nodiscard]] static std::optional<ActiveIndex> read(const std::filesystem::path& path,
                                                       const RowSeal& seal);
  /// Of all that `connection` sees now, in a transaction of its own. Throws damaged() if that can
  /// not be what was stored.
  static void write(const std::filesystem::path& path, const RowSeal& seal,
                    const IntegrityCounters& counters, Connection& connection);

  [[nodiscard]] const Moment& moment() const { return moment_; }
  [[nodiscard]] std::optional<Position> find(std::string_view name) const;
  void put(const std::string& name, Position position) { newer_[name] = position; }

 private:
  struct Entry {
    std::string_view name;
    Position position;
  };

  crypto::Secret bytes_;
  Moment moment_;
  std::vector<Entry> entries_;  ///< by name; the names are in bytes_
  std::map<std::string, Position, std::less<>> newer_;
};

}  // namespace sconectl::casd
