// What the database must hold, so that nothing can be missing from it unseen.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "casd/store/database.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/row_set.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/overwritten_file.hpp"

namespace sconectl::casd {

/// Table -> number of its rows.
using RowCounts = std::map<std::string, std::int64_t>;

/// The numbers of rows and of commits and the set of all rows, sealed in the database with every
/// commit, and the number of commits again in a file beside it. The first find rows that were
/// removed, added, or replaced by what they were earlier; the file a database that is older than
/// what this CAS has acknowledged: its write-ahead log was cut or lost, or an older copy was put in
/// its place. SQLite can not tell either.
///
/// The file is not waited for: after a power cut it may be behind the database, never ahead.
class IntegrityCounters {
 public:
  IntegrityCounters(const RowSeal& seal, std::filesystem::path counter);

  struct Sealed {
    RowCounts rows;
    std::optional<std::int64_t> commits;  ///< nothing in schema 1
    std::optional<std::string> row_set;   ///< RowSet::text(); nothing before schema 3
  };
  /// Is a start without the file allowed?
  enum class MissingFile { refused, accepted };

  /// Of an empty database.
  void begin(Connection& connection);
  /// What the last transaction has sealed. Throws Error{failed} if there is none that opens.
  [[nodiscard]] Sealed sealed(Connection& connection) const;
  /// The same, as it is stored, and opened.
  [[nodiscard]] static std::string stored(Connection& connection);
  [[nodiscard]] Sealed opened(const std::string& stored) const;
  /// Compares what is sealed with the triggers' counts and with the file, and goes on from there.
  /// Throws Error{failed} if the database is not what it must be. Takes no longer for many rows.
  /// Schema 1 had no file: it is never missed there.
  Sealed check(Connection& connection, MissingFile missing);
  /// The last check() found no file.
  [[nodiscard]] bool file_was_missing() const { return file_was_missing_; }
  /// Begins to write the file, which may be behind. Before the first seal().
  void open_file();
  /// In each transaction, before its end; `rows`: after it.
  void seal(Connection& connection, const RowSet& rows);
  /// After it: the commit is on the disk. False if the file could not follow: the CAS is not ready
  /// then, and the next commit tries again.
  [[nodiscard]] bool committed() noexcept { return learned(commits_ + 1, ""); }
  /// There are so many commits, some of them by others. `record`: what is remembered of the newest
  /// one, always as many bytes, or "".
  [[nodiscard]] bool learned(std::int64_t commits, const std::string& record) noexcept;
  /// What the file remembers, as check() found it: a number of commits, and of the last of them.
  struct Remembered {
    std::int64_t commits = 0;
    std::string record;
  };
  [[nodiscard]] const std::optional<Remembered>& remembered() const { return remembered_; }
  /// Waits until the file survives a power cut. False if the system refuses.
  [[nodiscard]] bool flush() noexcept { return counter_->flush(); }
  [[nodiscard]] std::int64_t commits() const { return commits_; }
  /// Before open_file().
  void set_commits(std::int64_t commits) { commits_ = commits; }

  /// The name of the fact that holds the sealed numbers; it is not counted itself.
  static constexpr std::string_view fact = "row-counts";

 private:
  [[nodiscard]] std::string sealed_counter() const;
  [[nodiscard]] std::optional<Remembered> opened_counter(const std::string& bytes) const;
  void check_file(MissingFile missing);

  const RowSeal& seal_;
  std::filesystem::path path_;
  std::unique_ptr<host::OverwrittenFile> counter_;
  std::atomic<std::int64_t> commits_ = 0;
  std::string record_;  ///< of the newest commit
  std::optional<Remembered> remembered_;
  bool file_was_missing_ = false;
};

/// Error{failed}: the database can not be used as it is.
[[nodiscard]] diag::Error damaged(const std::string& what);
/// damaged(): there are not the rows that were sealed.
[[nodiscard]] diag::Error entries_missing();
[[nodiscard]] std::string fact_place(std::string_view name);

}  // namespace sconectl::casd
