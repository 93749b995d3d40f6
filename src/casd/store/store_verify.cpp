// Every row of a database, looked at once after it was opened.
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

void Store::verify(Connection& connection) const {
  {
    Statement check = connection.prepare("PRAGMA integrity_check(1)");
    if (!check.step() || check.text(0) != "ok") throw damaged("its structure is broken");
  }
  RowCounts found{{"secret_values", 0}, {"session_states", 0}, {"session_versions", 0}};
  for (Statement row = connection.prepare(version_columns); row.step(); ++found["session_versions"])
    if (session::parent(read_row(row, true).name) != row.optional_text(7))
      throw damaged("a session is filed under another namespace");
  for (Statement row =
           connection.prepare("SELECT session, hash, secret, sealed FROM secret_values");
       row.step(); ++found["secret_values"])
    (void)seal_->open(row.text(3), value_place(row.text(0), row.text(1), row.text(2)));
  for (Statement row = connection.prepare("SELECT session, subject, sealed FROM session_states");
       row.step(); ++found["session_states"])
    (void)seal_->open(row.text(2), state_place(row.text(0), row.text(1)));
  found["facts"] = verify_facts(connection);
  if (found != sealed_.rows) throw entries_missing();
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
