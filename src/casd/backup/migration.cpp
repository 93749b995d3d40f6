#include "sconectl/casd/migration.hpp"

#include <chrono>

#include "casd/backup/whole_database.hpp"
#include "casd/store/copy_rows.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/key_store.hpp"
#include "casd/store/other_writers.hpp"
#include "casd/store/postgres.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr unsigned kept_mode = 0700;
constexpr const char* kept_directory = "before-postgres";

std::string moment_of_copy() {
  return text::rfc3339(std::chrono::floor<std::chrono::seconds>(host::system_clock()->now()));
}

/// All of it or nothing.
void fill(const Database& database, const std::filesystem::path& file) {
  const auto to = database.connect(Database::Mode::write);
  to->lock_start();
  to->begin_writing();
  if (database.schema(*to) != 0)
    throw Error(ErrorKind::conflict, "that database holds a CAS already; nothing was changed",
                {"a CAS is copied into an empty schema; another one is named in the URL with "
                 "?options=-csearch_path%3DNAME"});
  database.migrate(*to);
  const auto from = SqliteDatabase(file).connect(Database::Mode::read_only);
  from->begin_reading();
  copy_rows(*from, *to);
  from->execute("COMMIT");
  to->execute("COMMIT");
}

void verify_copy(host::Files& files, const std::filesystem::path& data,
                 const std::shared_ptr<const Database>& database, const KeyIdentities& identities,
                 const cas::BackupFacts& expected) {
  const host::TemporaryDirectory work(files, host::new_file_prefix, data);
  copy_key(files, data, work.path());
  if (facts_of(work.path(), {expected.created, identities, database}) != expected)
    throw damaged("the copy is not what was copied");
}

/// What this directory remembers of the database must be in the copy, and be of the same history.
void compare_with_counter(const std::filesystem::path& data, const std::filesystem::path& staged,
                          Connection& source, const KeyIdentities& identities) {
  const auto copy = SqliteDatabase(staged / database_file_name).connect(Database::Mode::write);
  const RowSeal seal(without_old_key(*copy, KeyFile(data / key_file_name, identities).open()).key);
  IntegrityCounters counters(seal, data / "cas.counter");
  (void)counters.check(*copy, IntegrityCounters::MissingFile::accepted);
  require_same_history(source, counters);
}

/// CASes that are started with it say so; one that was cut off all the time notices.
void mark_as_moved(Connection& connection) {
  connection.begin_writing();
  connection.execute("UPDATE cas_schema SET version = -abs(version)");
  connection.prepare("UPDATE facts SET name = ? WHERE name = ?")
      .bind("moved away")
      .bind(IntegrityCounters::fact)
      .run();
  connection.execute("COMMIT");
}

/// The newest state, in `cas.db`, which no CAS starts with yet.
void bring_here(host::Files& files, const Database& database, Connection& source,
                const std::filesystem::path& data, const KeyIdentities& identities) {
  const host::TemporaryDirectory staged(files, host::new_file_prefix, data);
  copy_key(files, data, staged.path());
  files.write(staged.path() / database_file_name, "", backup_mode);
  copy_to_file(database, staged.path() / database_file_name);
  compare_with_counter(data, staged.path(), source, identities);
  (void)facts_of(staged.path(), {moment_of_copy(), identities, {}});
  if (files.exists(staged.path() / "cas.db-wal")) throw damaged("its log was not emptied");
  files.write(data / unfinished_move, "", backup_mode, host::Durability::flushed);
  host::flush_directory(data);
  // Who never shared the database remembers nothing of it yet.
  if (!files.exists(data / "cas.counter"))
    files.move_file(staged.path() / "cas.counter", data / "cas.counter");
  files.move_file(staged.path() / database_file_name, data / database_file_name);
  host::flush_directory(data);
}

}  // namespace

cas::BackupFacts move_to_postgres(const std::filesystem::path& data, const std::string& url,
                                  const KeyIdentities& identities) {
  const auto files = host::system_files();
  const auto database = postgres_database(url);
  if (!files->exists(data / database_file_name))
    throw Error(ErrorKind::unavailable, "there is no " + (data / database_file_name).string());
  if (files->exists(data / kept_directory))
    throw Error(ErrorKind::conflict,
                (data / kept_directory).string() +
                    " is there from an earlier move: put it away first; nothing was changed");
  if (!files->exists(data / "cas.counter"))
    throw Error(ErrorKind::failed,
                (data / "cas.counter").string() +
                    " is missing: nobody can tell whether this is the newest state; start the CAS "
                    "here first");
  // Verifies it, and brings an old one up to date.
  auto facts = facts_of(data, {moment_of_copy(), identities, {}});
  const auto lock = files->try_lock(data / "cas.lock");
  if (!lock)
    throw Error(ErrorKind::unavailable, "a CAS uses " + data.string() + "; nothing was changed");
  fill(*database, data / database_file_name);
  verify_copy(*files, data, database, identities, facts);
  if (!SqliteDatabase(data / database_file_name).empty_log())
    throw Error(ErrorKind::unavailable, "another program reads " +
                                            (data / database_file_name).string() +
                                            "; end it, remove what was copied, and try again");
  // From here on, nobody starts with what would be another CAS of the same name.
  files->make_directories(data / kept_directory, kept_mode);
  files->move_file(data / database_file_name, data / kept_directory / database_file_name);
  for (const auto* rest : {"cas.db-wal", "cas.db-shm", "cas.index"})
    files->remove_tree(data / rest);
  host::flush_directory(data);
  return facts;
}

cas::BackupFacts move_from_postgres(const std::string& url, const std::filesystem::path& data,
                                    const KeyIdentities& identities) {
  const auto files = host::system_files();
  const auto database = postgres_database(url);
  auto lock = files->try_lock(data / "cas.lock");
  if (!lock)
    throw Error(ErrorKind::unavailable, "a CAS uses " + data.string() + "; nothing was changed");
  const bool was_cut_short = files->exists(data / unfinished_move);
  for (const auto* name : {database_file_name, "cas.db-wal"})
    if (files->exists(data / name) && !was_cut_short)
      throw Error(ErrorKind::conflict,
                  (data / name).string() + " is there already; nothing was changed");
  const auto source = database->connect(Database::Mode::write);
  if (!source->lock_out_others())
    throw Error(ErrorKind::conflict,
                "a CAS uses that database: stop all of them first; nothing was changed");
  // Once the database is marked, what is here is the CAS.
  if (database->schema(*source) >= 0) {
    files->remove_tree(data / database_file_name);
    bring_here(*files, *database, *source, data, identities);
    mark_as_moved(*source);
  } else if (!was_cut_short) {
    throw Error(ErrorKind::conflict, "that CAS was moved away before; nothing was changed");
  }
  files->remove_tree(data / shared_marker);
  files->remove_tree(data / unfinished_move);
  host::flush_directory(data);
  lock.reset();
  return facts_of(data, {moment_of_copy(), identities, {}});
}

}  // namespace sconectl::casd
