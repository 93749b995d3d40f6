#include "casd/store/reseal_rows.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

#include "casd/store/store_rows.hpp"

namespace sconectl::casd {

namespace {

constexpr std::int64_t rows_at_a_time = 500;

/// Names are sorted bytewise, and '0' comes after '/'. Four parameters, all of them bind_range().
std::string in_range(std::string_view column) {
  const std::string name(column);
  return "(? = '' OR " + name + " = ? OR (" + name + " > ? AND " + name + " < ?)) ";
}

Statement& bind_range(Statement& statement, const std::string& name) {
  return statement.bind(name).bind(name).bind(name + "/").bind(name + "0");
}

/// A row of a table with ids, as it is read.
struct RowWithId {
  std::int64_t id = 0;
  SealedRow row;
};

/// `select` has the parameters `id > ?`, a range and `LIMIT ?`, and is in the order of ids.
void reseal_by_id(Connection& connection, const std::string& select, const std::string& update,
                  const std::function<RowWithId(Statement&)>& read, const std::string& name,
                  const SealAgain& again) {
  for (std::int64_t after = 0;;) {
    std::vector<RowWithId> some;
    {
      Statement row = connection.prepare(select);
      bind_range(row.bind(after), name).bind(rows_at_a_time);
      while (row.step()) some.push_back(read(row));
    }
    if (some.empty()) return;
    after = some.back().id;
    for (const auto& each : some)
      connection.prepare(update).bind(Blob{again(each.row)}).bind(each.id).run();
  }
}

void reseal_versions(Connection& connection, const std::string& name, const SealAgain& again) {
  reseal_by_id(
      connection,
      std::string(version_columns) + "WHERE id > ? AND " + in_range("name") + "ORDER BY id LIMIT ?",
      "UPDATE session_versions SET sealed = ? WHERE id = ?",
      [](Statement& row) {
        return RowWithId{row.number(8),
                         {row.text(0), row.text(6), version_place(columns_of_version(row))}};
      },
      name, again);
}

void reseal_values(Connection& connection, const std::string& name, const SealAgain& again) {
  reseal_by_id(
      connection,
      "SELECT id, session, hash, secret, sealed, version FROM secret_values WHERE id > ? AND " +
          in_range("session") + "ORDER BY id LIMIT ?",
      "UPDATE secret_values SET sealed = ? WHERE id = ?",
      [](Statement& row) {
        return RowWithId{
            row.number(0),
            {row.text(1), row.text(4),
             at_version(value_place(row.text(1), row.text(2), row.text(3)), row.number(5))}};
      },
      name, again);
}

void reseal_states(Connection& connection, const std::string& name, const SealAgain& again) {
  struct State {
    std::string subject;
    SealedRow row;
  };
  for (State after;;) {
    std::vector<State> some;
    {
      Statement row = connection.prepare(
          "SELECT session, subject, sealed, version FROM session_states WHERE "
          "(session, subject) > (?, ?) AND " +
          in_range("session") + "ORDER BY session, subject LIMIT ?");
      bind_range(row.bind(after.row.session).bind(after.subject), name).bind(rows_at_a_time);
      while (row.step())
        some.push_back({row.text(1),
                        {row.text(0), row.text(2),
                         at_version(state_place(row.text(0), row.text(1)), row.number(3))}});
    }
    if (some.empty()) return;
    after = some.back();
    for (const auto& each : some)
      connection.prepare("UPDATE session_states SET sealed = ? WHERE session = ? AND subject = ?")
          .bind(Blob{again(each.row)})
          .bind(each.row.session)
          .bind(each.subject)
          .run();
  }
}

}  // namespace

void reseal_rows(Connection& connection, const std::string& name, const SealAgain& again) {
  reseal_versions(connection, name, again);
  reseal_values(connection, name, again);
  reseal_states(connection, name, again);
}

}  // namespace sconectl::casd
