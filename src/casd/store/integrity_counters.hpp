// What the database must hold, so that nothing can be missing from it unseen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "casd/store/row_seal.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/overwritten_file.hpp"

namespace sconectl::casd {

/// Table -> number of its rows.
using RowCounts = std::map<std::string, std::int64_t>;

/// The numbers of rows and of commits, sealed in the database with every commit, and the number of
/// commits again in a file beside it. The first finds rows that were removed or added; the second a
/// database that is older than what this CAS has acknowledged: its write-ahead log was cut or lost,
/// or an older copy was put in its place. SQLite can not tell either.
///
/// The file is not waited for: after a power cut it may be behind the database, never ahead.
class IntegrityCounters {
 public:
  IntegrityCounters(const RowSeal& seal, std::filesystem::path counter);

  struct Sealed {
    RowCounts rows;
    std::int64_t commits = 0;
  };

  /// Of an empty database.
  void begin(Connection& connection);
  /// What the last transaction has sealed. Throws Error{failed} if there is none that opens.
  [[nodiscard]] Sealed sealed(Connection& connection) const;
  /// Compares what is sealed with the triggers' counts and with the file, and goes on from there.
  /// Throws Error{failed} if the database is not what it must be. Takes no longer for many rows.
  Sealed check(Connection& connection);
  /// Begins to write the file, which may be behind. Before the first seal().
  void open_file();
  /// In each transaction, before its end.
  void seal(Connection& connection);
  /// After it: the commit is on the disk. False if the file could not follow: the CAS is not ready
  /// then, and the next commit tries again.
  [[nodiscard]] bool committed() noexcept;

  /// The name of the fact that holds the sealed numbers; it is not counted itself.
  static constexpr std::string_view fact = "row-counts";

 private:
  [[nodiscard]] std::string sealed_counter() const;
  void check_file() const;

  const RowSeal& seal_;
  std::filesystem::path path_;
  std::unique_ptr<host::OverwrittenFile> counter_;
  std::int64_t commits_ = 0;
};

/// Error{failed}: the database can not be used as it is.
[[nodiscard]] diag::Error damaged(const std::string& what);
/// damaged(): there are not the rows that were sealed.
[[nodiscard]] diag::Error entries_missing();
[[nodiscard]] std::string fact_place(std::string_view name);

}  // namespace sconectl::casd
