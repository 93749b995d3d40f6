#include "casd/store/postgres.hpp"

#include "casd/store/migrations.hpp"
#include "casd/store/postgres_connection.hpp"

namespace sconectl::casd {

namespace {

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(std::string url) : url_(std::move(url)) {}

  [[nodiscard]] std::unique_ptr<Connection> connect(Mode mode) const override {
    return std::make_unique<PostgresConnection>(url_, mode);
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
  [[nodiscard]] Space space(Connection& connection) const override {
    Statement size = connection.prepare(
        "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND "
        "relnamespace = current_schema()::regnamespace");
    return {size.step() ? static_cast<std::uintmax_t>(size.number(0)) : 0, 0};
  }
  [[nodiscard]] bool full() const override { return false; }

 private:
  const std::string url_;
};

}  // namespace

std::shared_ptr<const Database> postgres_database(std::string url) {
  return std::make_shared<PostgresDatabase>(std::move(url));
}

}  // namespace sconectl::casd
