#include "casd/store/postgres.hpp"

#include <libpq-fe.h>

#include "casd/store/migrations.hpp"
#include "casd/store/postgres_connection.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::string url, OnTrouble on_trouble)
      : url_(std::move(url)), on_trouble_(std::move(on_trouble)) {}

  [[nodiscard]] std::unique_ptr<Connection> connect(Mode mode) const override {
    return std::make_unique<PostgresConnection>(url_, mode, on_trouble_);
  }
  [[nodiscard]] bool shared() const override { return true; }

  [[nodiscard]] std::int64_t schema(Connection& connection) const override {
    if (!connection.prepare("SELECT 1 WHERE to_regclass('cas_schema') IS NOT NULL").step())
      return 0;
    Statement version = connection.prepare("SELECT version FROM cas_schema");
    return version.step() ? version.number(0) : 0;
  }
  void migrate(Connection& connection) const override {
    const auto stored = schema(connection);
    refuse_newer_schema(stored);
    if (stored == 0) connection.execute(std::string(postgres_schema()));
  }

  bool empty_log() const override { return true; }
  [[nodiscard]] Space space() const override {
    const auto connection = connect(Mode::read_only);
    Statement size = connection->prepare(
        "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND "
        "relnamespace = current_schema()::regnamespace");
    return {size.step() ? static_cast<std::uintmax_t>(size.number(0)) : 0, 0};
  }
  [[nodiscard]] bool full() const override { return false; }

 private:
  const std::string url_;
  const OnTrouble on_trouble_;
};

/// libpq would quote what it can not read, and take for a host what is behind an `@` in a password.
bool readable(const std::string& url) {
  char* reason = nullptr;
  auto* const options = PQconninfoParse(url.c_str(), &reason);
  PQfreemem(reason);
  bool good = options != nullptr;
  for (const auto* option = options; good && option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    const std::string_view value = option->val == nullptr ? "" : option->val;
    if (keyword == "port") good = value.find_first_not_of("0123456789,") == std::string_view::npos;
    if (keyword == "host" || keyword == "dbname") good = value.find('@') == std::string_view::npos;
  }
  PQconninfoFree(options);
  return good;
}

}  // namespace

std::shared_ptr<const Database> postgres_database(std::string url, OnTrouble on_trouble) {
  if (!readable(url))
    throw diag::Error(diag::ErrorKind::invalid,
                      "the URL of the database can not be read: what has a meaning in a URL is "
                      "written %2F, %40 ... in names and passwords");
  return std::make_shared<PostgresDatabase>(std::move(url), std::move(on_trouble));
}

}  // namespace sconectl::casd
