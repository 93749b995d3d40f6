#include "casd/store/sqlite.hpp"

#include <sqlite3.h>

#include <filesystem>

#include "casd/store/integrity_counters.hpp"
#include "casd/store/migrations.hpp"
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

/// Small writes still succeed with less, but the largest upload would not.
constexpr std::uintmax_t least_space = 8U << 20U;

void check(int status) {
  if (status != SQLITE_OK) fail(status);
}

class SqliteRun final : public Statement::Run {
 public:
  explicit SqliteRun(sqlite3_stmt* statement) : statement_(statement) {}
  SqliteRun(const SqliteRun&) = delete;
  SqliteRun& operator=(const SqliteRun&) = delete;
  ~SqliteRun() override {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  void bind_text(std::string_view text) override {
    check(sqlite3_bind_text64(statement_, next_++, text.data() == nullptr ? "" : text.data(),
                              text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  void bind_bytes(std::string_view bytes) override {
    check(sqlite3_bind_blob64(statement_, next_++, bytes.data() == nullptr ? "" : bytes.data(),
                              bytes.size(), SQLITE_TRANSIENT));
  }
  void bind_number(std::int64_t number) override {
    check(sqlite3_bind_int64(statement_, next_++, number));
  }
  void bind_null() override { check(sqlite3_bind_null(statement_, next_++)); }

  bool step() override {
    const int status = sqlite3_step(statement_);
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    fail(status);
  }

  [[nodiscard]] std::string text(int column) const override {
    // Works for TEXT and BLOB alike; the size is asked for after the bytes, as SQLite demands.
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr || size <= 0) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t number(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
};

}  // namespace

void SqliteConnection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteConnection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

SqliteConnection::SqliteConnection(const std::string& path, Mode mode) {
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

SqliteConnection::~SqliteConnection() = default;

void SqliteConnection::execute(const std::string& sql) {
  const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) fail(status);
}

Statement SqliteConnection::prepare(std::string_view sql) {
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
  return Statement(std::make_unique<SqliteRun>(statement.get()));
}

bool SqliteConnection::idle() const {
  return sqlite3_get_autocommit(database_.get()) != 0;
}

bool SqliteConnection::empty_log() {
  Statement row = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  return row.step() && row.number(0) == 0;
}

void SqliteConnection::copy_to(const std::string& path) {
  SqliteConnection target(path, Mode::read_write);
  sqlite3_backup* const backup =
      sqlite3_backup_init(target.database_.get(), "main", database_.get(), "main");
  if (backup == nullptr) fail(sqlite3_extended_errcode(target.database_.get()));
  const int copied = sqlite3_backup_step(backup, -1);
  const int status = sqlite3_backup_finish(backup);
  if (copied != SQLITE_DONE) fail(copied);
  if (status != SQLITE_OK) fail(status);
}

void SqliteConnection::stop_when(const std::atomic<bool>& stop) {
  constexpr int steps_between_looks = 1000;
  // SQLite's interface has no place for const.
  sqlite3_progress_handler(
      database_.get(), steps_between_looks,
      [](void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; },
      const_cast<std::atomic<bool>*>(&stop));
}

void SqliteConnection::overwrite_deleted(bool on) {
  execute(on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = OFF");
}

void SqliteConnection::check_structure() {
  Statement check = prepare("PRAGMA integrity_check(1)");
  if (!check.step() || check.text(0) != "ok") throw damaged("its structure is broken");
}

std::unique_ptr<Connection> SqliteDatabase::connect(Mode mode) const {
  using FileMode = SqliteConnection::Mode;
  auto connection = std::make_unique<SqliteConnection>(
      path_, mode == Mode::write ? FileMode::read_write : FileMode::read_only);
  if (mode == Mode::write) {
    connection->execute("PRAGMA journal_mode = WAL");
    connection->execute("PRAGMA synchronous = FULL");
  } else {
    // In KiB. There can be many readers, and the system keeps the same pages for all of them.
    connection->execute("PRAGMA cache_size = -64");
  }
  return connection;
}

std::int64_t SqliteDatabase::schema(Connection& connection) const {
  return schema_of(connection);
}

void SqliteDatabase::migrate(Connection& connection) const {
  casd::migrate(connection);
}

bool SqliteDatabase::empty_log() const {
  return SqliteConnection(path_, SqliteConnection::Mode::read_write).empty_log();
}

Database::Space SqliteDatabase::space() const {
  Space result;
  for (const auto* const suffix : {"", "-wal"}) {
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(path_ + suffix, unknown);
    if (!unknown) result.used += bytes;
  }
  std::error_code unknown;
  const auto disk = std::filesystem::space(path_, unknown);
  if (!unknown) result.free = disk.available;
  return result;
}

bool SqliteDatabase::full() const {
  std::error_code unknown;
  const auto space = std::filesystem::space(path_, unknown);
  return !unknown && space.available < least_space;
}

}  // namespace sconectl::casd
