#include "casd/store/postgres_connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr int binary = 1;
constexpr std::chrono::milliseconds between_looks{100};
/// A server lets go of what a closed connection held when it gets to it.
constexpr std::chrono::seconds farewell{5};

/// What a row of the lock table would be: one for each schema, as there may be several in a
/// database.
constexpr const char* lock_writing =
    "SELECT pg_advisory_xact_lock(1936682862, hashtext(current_schema()))";
constexpr const char* lock_starting =
    "SELECT 1 WHERE pg_try_advisory_lock(1936682863, hashtext(current_schema()))";
/// Held as long as a connection that writes lives; all of them, or one alone.
constexpr const char* lock_use =
    "SELECT 1 WHERE pg_try_advisory_lock_shared(1936682864, hashtext(current_schema()))";
constexpr const char* lock_use_alone =
    "SELECT 1 WHERE pg_try_advisory_lock(1936682864, hashtext(current_schema()))";

Error unavailable(std::string reason) {
  return {ErrorKind::unavailable, "the CAS database can not be used now", {std::move(reason)}};
}

/// The server's own message may quote values, so only the code is shown, which its manual explains
/// (PostgreSQL, Appendix A).
Error refused(std::string_view code) {
  const auto reason = fmt::format("PostgreSQL: SQLSTATE {}", code);
  const auto of_class = code.substr(0, 2);
  if (code == "53100")
    return {ErrorKind::unavailable, "the disk of the CAS database is full", {reason}};
  if (code == "XX001" || code == "XX002")
    return {ErrorKind::failed, "the CAS database is damaged", {reason}};
  if (code == "23505") return {ErrorKind::conflict, "somebody else was faster", {reason}};
  for (const auto* passing : {"08", "25", "40", "53", "55", "57", "58"})
    if (of_class == passing) return unavailable(reason);
  return {ErrorKind::failed, "the CAS database refused an operation", {reason}};
}

/// `?` as the server has it.
std::string with_numbered_parameters(std::string_view sql) {
  std::string result;
  int number = 0;
  for (const char c : sql)
    if (c == '?')
      result += fmt::format("${}", ++number);
    else
      result += c;
  return result;
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value =
      !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

}  // namespace

class PostgresRun final : public Statement::Run {
 public:
  PostgresRun(PostgresConnection& connection, std::string name)
      : connection_(connection), name_(std::move(name)) {}
  PostgresRun(const PostgresRun&) = delete;
  PostgresRun& operator=(const PostgresRun&) = delete;
  ~PostgresRun() override {
    if (sent_) connection_.drain();
  }

  void bind_text(std::string_view text) override {
    // The protocol ends a text there.
    if (text.find('\0') != std::string_view::npos)
      throw Error(ErrorKind::invalid, "a text with a zero byte can not be stored");
    values_.push_back({std::string(text), 0});
  }
  void bind_bytes(std::string_view bytes) override {
    values_.push_back({std::string(bytes), binary});
  }
  void bind_number(std::int64_t number) override { values_.push_back({std::to_string(number), 0}); }
  void bind_null() override { values_.push_back({std::nullopt, 0}); }

  bool step() override {
    if (!sent_) send();
    if (result_ && ++row_ < PQntuples(result_.get())) return true;
    for (row_ = 0; (result_ = connection_.next_result());)
      if (PQntuples(result_.get()) > 0) return true;
    return false;
  }

  [[nodiscard]] std::string text(int column) const override { return std::string(bytes(column)); }
  [[nodiscard]] bool is_null(int column) const override {
    return PQgetisnull(result_.get(), row_, column) != 0;
  }
  [[nodiscard]] std::int64_t number(int column) const override { return big_endian(bytes(column)); }

 private:
  struct Value {
    std::optional<std::string> bytes;
    int format = 0;
  };

  [[nodiscard]] std::string_view bytes(int column) const {
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
  }

  void send() {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (const auto& value : values_) {
      values.push_back(value.bytes ? value.bytes->c_str() : nullptr);
      lengths.push_back(value.bytes ? static_cast<int>(value.bytes->size()) : 0);
      formats.push_back(value.format);
    }
    connection_.sent(PQsendQueryPrepared(connection_.connection_.get(), name_.c_str(),
                                         static_cast<int>(values.size()), values.data(),
                                         lengths.data(), formats.data(), binary));
    sent_ = true;
    if (connection_.row_by_row_) PQsetSingleRowMode(connection_.connection_.get());
    connection_.flush();
  }

  PostgresConnection& connection_;
  const std::string name_;
  std::vector<Value> values_;
  bool sent_ = false;
  PostgresConnection::Result result_;
  int row_ = 0;
};

void PostgresConnection::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

void PostgresConnection::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

PostgresConnection::PostgresConnection(const std::string& url, Database::Mode mode,
                                       OnTrouble on_trouble)
    : on_trouble_(std::move(on_trouble)) {
  // What comes before the URL can be said otherwise in it.
  constexpr int parts = 9;
  const std::array<const char*, parts + 1> keywords{"connect_timeout",  "target_session_attrs",
                                                    "keepalives_idle",  "keepalives_interval",
                                                    "keepalives_count", "tcp_user_timeout",
                                                    "application_name", "client_encoding",
                                                    "dbname",           nullptr};
  const std::array<const char*, parts + 1> values{
      "5", "read-write", "5", "2", "3", "10000", "sconectl cas", "UTF8", url.c_str(), nullptr};
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (!connection_) throw unavailable("out of memory");
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw lost("there is no connection to the server");
  PQsetnonblocking(connection_.get(), 1);
  // Warnings would go to the standard error output.
  PQsetNoticeReceiver(
      connection_.get(), [](void* warned, const PGresult*) { *static_cast<bool*>(warned) = true; },
      &warned_);
  // A server that is told to lose acknowledged commits is not believed; one that waits for its
  // standbys does so.
  execute(
      "SELECT set_config('synchronous_commit', 'on', false) WHERE "
      "current_setting('synchronous_commit') IN ('off', 'local')");
  // Of a process that died, or that nobody reaches, while it wrote.
  execute(
      "SET client_min_messages = warning; SET idle_in_transaction_session_timeout = '30s'; SET "
      "lock_timeout = '25s'; "
      "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3");
  if (!prepare("SELECT 1 WHERE current_schema() IS NOT NULL").step())
    throw Error(ErrorKind::unavailable,
                "the schema that the URL of the database names is not there");
  if (mode == Database::Mode::read_only)
    execute("SET default_transaction_read_only = on");
  else if (!lock_within(farewell, lock_use))
    throw unavailable("it is being copied to another place");
}

PostgresConnection::~PostgresConnection() = default;

/// Clients hear the cause; what libpq says of servers and users is for the operator's log.
Error PostgresConnection::lost(const char* cause) const {
  if (on_trouble_) on_trouble_(text::in_one_line(PQerrorMessage(connection_.get())));
  return unavailable(cause);
}

void PostgresConnection::sent(int status) {
  if (status == 0) throw lost("the connection to the server is lost");
}

void PostgresConnection::flush() {
  while (true) {
    const int rest = PQflush(connection_.get());
    if (rest == 0) return;
    if (rest < 0) throw lost("the connection to the server is lost");
    wait(true);
    sent(PQconsumeInput(connection_.get()));
  }
}

/// Until the server has something to say, or takes more.
void PostgresConnection::wait(bool to_write) const {
  pollfd socket{PQsocket(connection_.get()),
                static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), 0};
  const auto give_up = [this](const char* reason) {
    // What is still to come would be taken for the answer to something else.
    ::shutdown(PQsocket(connection_.get()), SHUT_RDWR);
    throw unavailable(reason);
  };
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    const int ready = ::poll(&socket, 1, static_cast<int>(between_looks.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) give_up("poll failed");
    if (stop_ != nullptr && *stop_) give_up("it is not waited for any more");
    if (std::chrono::steady_clock::now() >= end) give_up("the server does not answer");
  }
}

PostgresConnection::Result PostgresConnection::next_result() {
  while (PQisBusy(connection_.get()) != 0) {
    wait(false);
    sent(PQconsumeInput(connection_.get()));
  }
  Result result(PQgetResult(connection_.get()));
  if (!result) return result;
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
      return result;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      // Nobody has asked for that, and it would never end.
      ::shutdown(PQsocket(connection_.get()), SHUT_RDWR);
      broken_ = true;
      throw unavailable("the server says what nobody has asked for");
    default:
      break;
  }
  const char* const code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  const auto error = code != nullptr ? refused(code) : lost("the connection to the server is lost");
  drain();
  throw error;
}

void PostgresConnection::finish() {
  while (next_result()) {
  }
}

void PostgresConnection::drain() noexcept {
  try {
    while (PQstatus(connection_.get()) == CONNECTION_OK) {
      while (PQisBusy(connection_.get()) != 0) {
        wait(false);
        if (PQconsumeInput(connection_.get()) == 0) return;
      }
      if (!Result(PQgetResult(connection_.get()))) return;
    }
  } catch (const std::exception&) {  // the connection is not usable any more
  }
}

void PostgresConnection::execute(const std::string& sql) {
  warned_ = false;
  sent(PQsendQuery(connection_.get(), sql.c_str()));
  flush();
  finish();
  if (sql != "COMMIT" && sql != "ROLLBACK") return;
  row_by_row_ = false;
  if (sql == "COMMIT" && warned_) {
    // Somebody has ended the wait for the standbys: it may be on this server alone.
    ::shutdown(PQsocket(connection_.get()), SHUT_RDWR);
    broken_ = true;
    throw unavailable("a commit was not confirmed by the standbys");
  }
}

const std::string& PostgresConnection::prepared(const std::string& sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second;
  const auto name = fmt::format("s{}", statements_.size());
  sent(PQsendPrepare(connection_.get(), name.c_str(), with_numbered_parameters(sql).c_str(), 0,
                     nullptr));
  flush();
  finish();
  return statements_.emplace(sql, name).first->second;
}

Statement PostgresConnection::prepare(std::string_view sql) {
  return Statement(std::make_unique<PostgresRun>(*this, prepared(std::string(sql))));
}

bool PostgresConnection::idle() const {
  const auto status = PQtransactionStatus(connection_.get());
  return status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN;
}

bool PostgresConnection::usable() const {
  return !broken_ && PQstatus(connection_.get()) == CONNECTION_OK &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

/// Each statement sees what was committed before it: so also what others did while the lock was
/// waited for.
void PostgresConnection::begin_writing() {
  execute(fmt::format("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}", lock_writing));
}

void PostgresConnection::begin_reading() {
  execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  row_by_row_ = true;
}

bool PostgresConnection::lock_within(std::chrono::seconds limit, std::string_view sql) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!prepare(sql).step()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

bool PostgresConnection::lock_out_others() {
  return lock_within(farewell, lock_use_alone);
}

void PostgresConnection::lock_start() {
  if (!lock_within(2 * patience, lock_starting))
    throw unavailable("another CAS that uses it has begun to start, and does not end");
}

}  // namespace sconectl::casd
