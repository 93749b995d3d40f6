// A database as the store uses it: what SQLite and PostgreSQL have in common.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::casd {

/// Bytes that are bound as a BLOB instead of as text.
struct Blob {
  std::string_view bytes;
};

/// One run of a prepared statement. The statement goes back to its connection when this ends.
class Statement {
 public:
  /// How a driver does it. Columns count from 0.
  class Run {
   public:
    Run() = default;
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    virtual ~Run() = default;

    virtual void bind_text(std::string_view text) = 0;
    virtual void bind_bytes(std::string_view bytes) = 0;
    virtual void bind_number(std::int64_t number) = 0;
    virtual void bind_null() = 0;
    virtual bool step() = 0;
    [[nodiscard]] virtual std::string text(int column) const = 0;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t number(int column) const = 0;
  };
  explicit Statement(std::unique_ptr<Run> run) : run_(std::move(run)) {}

  /// Of the parameters, in their order.
  Statement& bind(std::string_view text) {
    run_->bind_text(text);
    return *this;
  }
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  Statement& bind(Blob blob) {
    run_->bind_bytes(blob.bytes);
    return *this;
  }
  Statement& bind(std::int64_t number) {
    run_->bind_number(number);
    return *this;
  }
  Statement& bind(const std::optional<std::string>& text) {
    if (text) return bind(std::string_view(*text));
    run_->bind_null();
    return *this;
  }

  /// The next row; false at the end.
  bool step() { return run_->step(); }
  /// Runs a statement that has no rows.
  void run() {
    while (step()) {
    }
  }

  /// Of TEXT and BLOB alike; "" for NULL.
  [[nodiscard]] std::string text(int column) const { return run_->text(column); }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const {
    if (run_->is_null(column)) return std::nullopt;
    return run_->text(column);
  }
  [[nodiscard]] std::int64_t number(int column) const { return run_->number(column); }

 private:
  std::unique_ptr<Run> run_;
};

/// One connection. Not to be used by two threads at once. Everything throws Error{unavailable} if
/// the database can not be used now, Error{failed} if it refuses or is damaged.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  /// Runs SQL text without parameters, also several statements.
  virtual void execute(const std::string& sql) = 0;
  /// A statement of this connection, compiled once; parameters are written `?`. One run at a time
  /// for the same text.
  [[nodiscard]] virtual Statement prepare(std::string_view sql) = 0;
  /// No transaction is open: also true after an error that made the database roll back by itself.
  [[nodiscard]] virtual bool idle() const = 0;
  /// False: it is broken, and another one has to be made.
  [[nodiscard]] virtual bool usable() const { return true; }

  /// As long as this connection lives, nobody else gets past this. Throws Error{unavailable} if
  /// somebody does not end.
  virtual void lock_start() {}
  /// False: other processes have connections that write, and keep them for some seconds. True: they
  /// get none as long as this one lives.
  [[nodiscard]] virtual bool lock_out_others() { return true; }
  /// Begins a transaction beside which nobody else writes to the database, in no other process
  /// either.
  virtual void begin_writing() = 0;
  /// Begins one that sees all as it is at one moment.
  virtual void begin_reading() = 0;
  /// What is deleted is overwritten, where the database can do that.
  virtual void overwrite_deleted(bool on) { (void)on; }
  /// Throws Error{failed} if the database's own structure is broken, where it can tell.
  virtual void check_structure() {}
  /// From now on, statements end with an Error soon after `stop` was set. It must live as long.
  virtual void stop_when(const std::atomic<bool>& stop) = 0;
};

/// As long as it lives, what is deleted is overwritten, and not only marked as free.
class OverwritingDeleted {
 public:
  explicit OverwritingDeleted(Connection& connection) : connection_(connection) {
    connection_.overwrite_deleted(true);
  }
  OverwritingDeleted(const OverwritingDeleted&) = delete;
  OverwritingDeleted& operator=(const OverwritingDeleted&) = delete;
  ~OverwritingDeleted() {
    try {
      connection_.overwrite_deleted(false);
    } catch (const std::exception&) {  // it stays on, which costs a little time
    }
  }

 private:
  Connection& connection_;
};

/// A place of data, and the way to it.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  enum class Mode { read_only, write };
  [[nodiscard]] virtual std::unique_ptr<Connection> connect(Mode mode) const = 0;
  /// Other processes may write to it while this one does.
  [[nodiscard]] virtual bool shared() const = 0;

  /// The number of steps of its schema (migrations.hpp); 0: it is empty.
  [[nodiscard]] virtual std::int64_t schema(Connection& connection) const = 0;
  /// Brings it to the newest schema; that of a shared one in a transaction of the caller's. Throws
  /// Error{unsupported} for that of a newer program.
  virtual void migrate(Connection& connection) const = 0;

  /// Moves everything from a log into the database itself, where there are two. False: somebody
  /// reads.
  virtual bool empty_log() const = 0;
  /// In bytes; 0 where it is not known. May wait for the disk.
  struct Space {
    std::uintmax_t used = 0, free = 0;
  };
  [[nodiscard]] virtual Space space() const = 0;
  /// So little is free that a large write would fail, as far as that is known.
  [[nodiscard]] virtual bool full() const = 0;
};

}  // namespace sconectl::casd
