#include "casd/store/sqlite.hpp"

#include <sqlite3.h>

#include <climits>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// SQLite's own message may quote values, so only its fixed text for the code is shown.
[[noreturn]] void fail(int status) {
  const std::string reason = sqlite3_errstr(status);
  switch (status & 0xff) {
    case SQLITE_FULL:
      throw Error(ErrorKind::unavailable, "the disk of the CAS database is full", {reason});
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorKind::unavailable, "the CAS database can not be used now", {reason});
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(ErrorKind::failed, "the CAS database is damaged", {reason});
    default:
      throw Error(ErrorKind::failed, "the CAS database refused an operation", {reason});
  }
}

}  // namespace

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::check(int status) const {
  if (status != SQLITE_OK) fail(status);
}

Statement& Statement::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_, next_++, text.data() == nullptr ? "" : text.data(),
                            text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(Blob blob) {
  check(sqlite3_bind_blob64(statement_, next_++,
                            blob.bytes.data() == nullptr ? "" : blob.bytes.data(),
                            blob.bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  check(sqlite3_bind_int64(statement_, next_++, number));
  return *this;
}

Statement& Statement::bind(const std::optional<std::string>& text) {
  if (text) return bind(std::string_view(*text));
  check(sqlite3_bind_null(statement_, next_++));
  return *this;
}

bool Statement::step() {
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  fail(status);
}

void Statement::run() {
  while (step()) {
  }
}

std::string Statement::text(int column) const {
  // Works for TEXT and BLOB alike; the size is asked for after the bytes, as SQLite demands.
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr || size <= 0) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Connection::Connection(const std::string& path, Mode mode) {
  const int access =
      mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* database = nullptr;
  const int status = sqlite3_open_v2(
      path.c_str(), &database, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  database_.reset(database);
  if (status != SQLITE_OK) fail(status);
  sqlite3_extended_result_codes(database, 1);
  // Only a checkpoint can make one wait for another: there is one writer and one process.
  sqlite3_busy_timeout(database, 5000);
  // A damaged or hostile file must not run SQL of its own.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

Connection::~Connection() = default;

void Connection::execute(const std::string& sql) {
  const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) fail(status);
}

Statement Connection::prepare(std::string_view sql) {
  auto& statement = statements_[std::string(sql)];
  if (!statement) {
    sqlite3_stmt* compiled = nullptr;
    const int status = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &compiled, nullptr);
    if (status != SQLITE_OK) {
      statements_.erase(std::string(sql));
      fail(status);
    }
    statement.reset(compiled);
  }
  return Statement(statement.get());
}

bool Connection::idle() const {
  return sqlite3_get_autocommit(database_.get()) != 0;
}

bool Connection::empty_log() {
  Statement row = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  return row.step() && row.number(0) == 0;
}

void Connection::copy_to(const std::string& path) {
  Connection target(path, Mode::read_write);
  sqlite3_backup* const backup =
      sqlite3_backup_init(target.database_.get(), "main", database_.get(), "main");
  if (backup == nullptr) fail(sqlite3_extended_errcode(target.database_.get()));
  const int copied = sqlite3_backup_step(backup, -1);
  const int status = sqlite3_backup_finish(backup);
  if (copied != SQLITE_DONE) fail(copied);
  if (status != SQLITE_OK) fail(status);
}

void Connection::stop_when(const std::atomic<bool>& stop) {
  constexpr int steps_between_looks = 1000;
  // SQLite's interface has no place for const.
  sqlite3_progress_handler(
      database_.get(), steps_between_looks,
      [](void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; },
      const_cast<std::atomic<bool>*>(&stop));
}

std::int64_t Connection::last_row() const {
  return sqlite3_last_insert_rowid(database_.get());
}

}  // namespace sconectl::casd
