// SQLite with exceptions and ownership; nothing else of the CAS sees its C interface.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace sconectl::casd {

/// Bytes that are bound as a BLOB instead of as text.
struct Blob {
  std::string_view bytes;
};

/// One run of a prepared statement. The statement goes back to its connection when this ends.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::string_view text);
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  Statement& bind(Blob blob);
  Statement& bind(std::int64_t number);
  Statement& bind(const std::optional<std::string>& text);

  /// The next row; false at the end.
  bool step();
  /// Runs a statement that has no rows.
  void run();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  void check(int status) const;

  sqlite3_stmt* statement_;
  int next_ = 1;
};

/// One connection. Not to be used by two threads at once.
class Connection {
 public:
  enum class Mode { read_write, read_only };

  /// Opens (read_write also creates) the database file. Throws Error{unavailable} if it can not be
  /// opened, Error{failed} if it is not a database.
  Connection(const std::string& path, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs SQL text without parameters, also several statements.
  void execute(const std::string& sql);
  /// A statement of this connection, compiled once. One run at a time for the same text.
  [[nodiscard]] Statement prepare(std::string_view sql);
  /// No transaction is open: also true after an error that made SQLite roll back by itself.
  [[nodiscard]] bool idle() const;
  /// Row id of the last insert.
  [[nodiscard]] std::int64_t last_row() const;
  /// Moves everything from the write-ahead log into the database file. False: somebody reads.
  [[nodiscard]] bool empty_log();
  /// Writes all of it, as it is at one moment, to this new or empty database file. Others may write
  /// meanwhile.
  void copy_to(const std::string& path);
  /// From now on, statements end with an Error soon after `stop` was set. It must live as long.
  void stop_when(const std::atomic<bool>& stop);

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

}  // namespace sconectl::casd
