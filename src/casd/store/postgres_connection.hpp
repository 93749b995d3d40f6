// A connection to PostgreSQL, with exceptions and ownership; nothing else of the CAS sees libpq.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "casd/store/postgres.hpp"
#include "sconectl/diag/error.hpp"

struct pg_conn;
struct pg_result;

namespace sconectl::casd {

/// Nothing waits for ever: who does not answer within `patience` is taken for dead, and the
/// connection is not usable any more.
class PostgresConnection final : public Connection {
 public:
  /// `url`: as libpq takes it (postgresql://USER@HOST,HOST/DATABASE?sslmode=verify-full ...), with
  /// PGPASSWORD, ~/.pgpass and the other variables of libpq. Of several hosts the one that takes
  /// writes is used. Throws Error{unavailable}.
  PostgresConnection(const std::string& url, Database::Mode mode, OnTrouble on_trouble = {});
  ~PostgresConnection() override;

  void execute(const std::string& sql) override;
  [[nodiscard]] Statement prepare(std::string_view sql) override;
  [[nodiscard]] bool idle() const override;
  [[nodiscard]] bool usable() const override;
  void begin_writing() override;
  /// Rows are taken from the server one by one until it ends, so that as many as there are fit into
  /// memory; no two statements at once then.
  void begin_reading() override;
  void stop_when(const std::atomic<bool>& stop) override { stop_ = &stop; }

  void lock_start() override;
  [[nodiscard]] bool lock_out_others() override;

  static constexpr std::chrono::seconds patience{30};

 private:
  friend class PostgresRun;
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using Result = std::unique_ptr<pg_result, Clear>;

  /// False: somebody else held the lock that `sql` asks for all the time.
  [[nodiscard]] bool lock_within(std::chrono::seconds limit, std::string_view sql);
  [[nodiscard]] diag::Error lost(const char* cause) const;
  void sent(int status);
  void flush();
  void wait(bool to_write) const;
  /// A null pointer: there is no more of the statement.
  [[nodiscard]] Result next_result();
  /// Takes what is left of the statement that was sent last, and throws what went wrong with it.
  void finish();
  void drain() noexcept;
  [[nodiscard]] const std::string& prepared(const std::string& sql);

  struct Close {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Close> connection_;
  std::unordered_map<std::string, std::string> statements_;
  const std::atomic<bool>* stop_ = nullptr;
  const OnTrouble on_trouble_;
  bool row_by_row_ = false;
  bool warned_ = false;  ///< by the server, in what was executed last
  bool broken_ = false;
};

}  // namespace sconectl::casd
