// Every row of a database, looked at once after it was opened.
#include "casd/store/fields.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

/// What a namespace's key seals stays closed: the seal around it vouches for it.
void Store::verify_row(const Statement& row, const StoredSession& version) const {
  const auto inside = seal_->open(row.text(6), version_place(version));
  if (!SealedNamespaces::is_sealed(inside.view()) && split_fields(inside.view()).size() < 2)
    throw damaged("a session has no text");
}

RowSet Store::verify(Connection& connection, const IntegrityCounters::Sealed& sealed) {
  connection.check_structure();
  RowCounts found{{"secret_values", 0}, {"session_states", 0}, {"session_versions", 0}};
  RowSet rows;
  // Opened, because the digest has only the seal's end.
  const auto look_at = [&](const std::string& bytes, const std::string& at) {
    (void)seal_->open(bytes, at);
    rows.flip(seal_->digest(bytes, at));
  };
  for (Statement row = connection.prepare(version_columns); row.step();
       ++found["session_versions"]) {
    const auto version = columns_of_version(row);
    verify_row(row, version);
    if (session::parent(version.name) != row.optional_text(7))
      throw damaged("a session is filed under another namespace");
    rows.flip(seal_->digest(row.text(6), version_place(version)));
    if (version.sequence > 1)
      row_versions_.put(newest_version_place(version.name), version.sequence);
  }
  for (Statement row =
           connection.prepare("SELECT session, hash, secret, sealed, version FROM secret_values");
       row.step(); ++found["secret_values"]) {
    const auto at = value_place(row.text(0), row.text(1), row.text(2));
    look_at(row.text(3), at_version(at, row.number(4)));
    if (row.number(4) > 1) row_versions_.put(at, row.number(4));
  }
  for (Statement row =
           connection.prepare("SELECT session, subject, sealed, version FROM session_states");
       row.step(); ++found["session_states"]) {
    const auto at = state_place(row.text(0), row.text(1));
    look_at(row.text(2), at_version(at, row.number(3)));
    row_versions_.put(at, row.number(3));
  }
  found["facts"] = verify_facts(connection);
  if (found != sealed.rows) throw entries_missing();
  for (Statement row = connection.prepare("SELECT name, sealed FROM facts"); row.step();)
    if (row.text(0) != IntegrityCounters::fact)
      rows.flip(seal_->digest(row.text(1), fact_place(row.text(0))));
  if (sealed.row_set && *sealed.row_set != rows.text())
    throw damaged("an entry is not the one that was stored last in its place");
  return rows;
}

/// Others write meanwhile: all that is looked at is of one moment.
IntegrityCounters::Sealed Store::verify_snapshot() {
  const auto connection = database_->connect(Database::Mode::read_only);
  connection->begin_reading();
  take_key_of(*connection);
  auto sealed = counters_->sealed(*connection);
  row_versions_.forget_all();
  active_.forget_all();
  (void)verify(*connection, sealed);
  connection->execute("COMMIT");
  return sealed;
}

std::int64_t Store::verify_facts(Connection& connection) const {
  std::int64_t found = 0;
  for (Statement row = connection.prepare("SELECT name, sealed FROM facts"); row.step();) {
    (void)seal_->open(row.text(1), fact_place(row.text(0)));
    if (row.text(0) != IntegrityCounters::fact) ++found;
  }
  return found;
}

}  // namespace sconectl::casd
