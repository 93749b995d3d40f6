// Removing sessions from the store.
#include <utility>

#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Only what is removed here: rows that somebody else removes are missed.
void count_down(Connection& connection, const char* table, std::int64_t rows) {
  connection.prepare("UPDATE row_counts SET rows = rows - ? WHERE subject = ?")
      .bind(rows)
      .bind(table)
      .run();
}

void refuse_if_a_namespace(Connection& connection, const std::string& name) {
  Statement child = connection.prepare(
      "SELECT name FROM session_versions WHERE sequence = 1 AND parent = ? LIMIT 1");
  child.bind(name);
  if (child.step())
    throw Error(ErrorKind::conflict, "session '" + name + "' is the namespace of others, as '" +
                                         child.text(0) + "': delete these first");
}

}  // namespace

bool Store::remove(const SessionWritePermission& permission, const std::string& hash,
                   const Notes& notes) {
  const auto& name = permission.name();
  if (name == "/") throw Error(ErrorKind::refused, "the root session can not be deleted");
  std::int64_t removed = 0;
  Notes told;
  const auto work = [&](Connection& connection, RowChanges& changes) {
    removed = 0;
    told.clear();
    if (active_hash(connection, name) != hash) return;
    refuse_if_a_namespace(connection, name);
    const bool is_sealed = namespaces_.is_sealed_itself(name);
    const OverwritingDeleted overwriting(connection);
    active_.will_change(name);
    changes.sessions.push_back(name);
    removed = remove_versions(connection, changes, name);
    remove_values(connection, changes, name);
    remove_states(connection, changes, name);
    if (is_sealed) store_namespace_key(connection, changes, name, nullptr);
    // Last: from here on readers may find none of them.
    for (auto& [place, version] : changes.gone) version = row_versions_.forget(place);
    told = notes;
  };
  write(work, &told);
  versions_ -= removed;
  return removed > 0;
}

std::int64_t Store::remove_versions(Connection& connection, RowChanges& changes,
                                    const std::string& name) const {
  std::int64_t count = 0;
  {
    Statement row = connection.prepare(std::string(version_columns) + "WHERE name = ?");
    for (row.bind(name); row.step(); ++count)
      changes.set.flip(seal_->digest(row.text(6), version_place(read_row(row, false))));
  }
  connection.prepare("DELETE FROM session_versions WHERE name = ?").bind(name).run();
  count_down(connection, "session_versions", count);
  changes.gone.emplace_back(newest_version_place(name), 0);
  return count;
}

void Store::remove_values(Connection& connection, RowChanges& changes,
                          const std::string& name) const {
  std::int64_t count = 0;
  {
    Statement row = connection.prepare(
        "SELECT hash, secret, sealed, version FROM secret_values WHERE session = ?");
    for (row.bind(name); row.step(); ++count) {
      const auto at = value_place(name, row.text(0), row.text(1));
      changes.set.flip(seal_->digest(row.text(2), at_version(at, row.number(3))));
      changes.gone.emplace_back(at, 0);
    }
  }
  connection.prepare("DELETE FROM secret_values WHERE session = ?").bind(name).run();
  count_down(connection, "secret_values", count);
}

void Store::remove_states(Connection& connection, RowChanges& changes,
                          const std::string& name) const {
  std::int64_t count = 0;
  {
    Statement row =
        connection.prepare("SELECT subject, sealed, version FROM session_states WHERE session = ?");
    for (row.bind(name); row.step(); ++count) {
      const auto at = state_place(name, row.text(0));
      changes.set.flip(seal_->digest(row.text(1), at_version(at, row.number(2))));
      changes.gone.emplace_back(at, 0);
    }
  }
  connection.prepare("DELETE FROM session_states WHERE session = ?").bind(name).run();
  count_down(connection, "session_states", count);
}

}  // namespace sconectl::casd
