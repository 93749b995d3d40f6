// SQLite with exceptions and ownership; nothing else of the CAS sees its C interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "casd/store/database.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sconectl::casd {

class SqliteConnection final : public Connection {
 public:
  enum class Mode { read_write, read_only };

  /// Opens (read_write also creates) the database file. Throws Error{unavailable} if it can not be
  /// opened, Error{failed} if it is not a database.
  SqliteConnection(const std::string& path, Mode mode);
  ~SqliteConnection() override;

  void execute(const std::string& sql) override;
  [[nodiscard]] Statement prepare(std::string_view sql) override;
  [[nodiscard]] bool idle() const override;
  void begin_writing() override { execute("BEGIN IMMEDIATE"); }
  void begin_reading() override { execute("BEGIN"); }
  /// With zeros, in the file; else it is only marked as free.
  void overwrite_deleted(bool on) override;
  void check_structure() override;
  void stop_when(const std::atomic<bool>& stop) override;

  /// Moves everything from the write-ahead log into the database file. False: somebody reads.
  [[nodiscard]] bool empty_log();
  /// Writes all of it, as it is at one moment, to this new or empty database file. Others may write
  /// meanwhile.
  void copy_to(const std::string& path);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// One file, and one process that writes to it.
class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::filesystem::path& path) : path_(path.string()) {}

  [[nodiscard]] std::unique_ptr<Connection> connect(Mode mode) const override;
  [[nodiscard]] bool shared() const override { return false; }
  [[nodiscard]] std::int64_t schema(Connection& connection) const override;
  void migrate(Connection& connection) const override;
  bool empty_log() const override;
  [[nodiscard]] Space space() const override;
  [[nodiscard]] bool full() const override;

 private:
  const std::string path_;
};

}  // namespace sconectl::casd
