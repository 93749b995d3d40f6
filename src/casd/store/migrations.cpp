#include "casd/store/migrations.hpp"

#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

constexpr std::string_view version_1 = R"sql(
CREATE TABLE session_versions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  parent TEXT,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  predecessor TEXT,
  created INTEGER NOT NULL,
  salted INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  UNIQUE (name, sequence),
  UNIQUE (name, hash)
) STRICT;
CREATE INDEX first_versions ON session_versions (parent, name) WHERE sequence = 1;
CREATE TABLE secret_values (
  id INTEGER PRIMARY KEY,
  session TEXT NOT NULL,
  hash TEXT NOT NULL,
  secret TEXT NOT NULL,
  sealed BLOB NOT NULL,
  UNIQUE (session, hash, secret)
) STRICT;
CREATE TABLE session_states (
  session TEXT NOT NULL,
  subject TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (session, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE row_counts (
  subject TEXT PRIMARY KEY,
  rows INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER count_session_versions AFTER INSERT ON session_versions BEGIN
  UPDATE row_counts SET rows = rows + 1 WHERE subject = 'session_versions';
END;
CREATE TRIGGER count_secret_values AFTER INSERT ON secret_values BEGIN
  UPDATE row_counts SET rows = rows + 1 WHERE subject = 'secret_values';
END;
CREATE TRIGGER count_session_states AFTER INSERT ON session_states BEGIN
  UPDATE row_counts SET rows = rows + 1 WHERE subject = 'session_states';
END;
INSERT INTO row_counts VALUES ('secret_values', 0), ('session_states', 0), ('session_versions', 0);
)sql";

/// How often a row was replaced: part of what its seal is tied to.
constexpr std::string_view version_3 = R"sql(
ALTER TABLE secret_values ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE session_states ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
)sql";

}  // namespace

const std::vector<std::string_view>& migrations() {
  // 2: no table changed; the sealed numbers of rows hold the number of commits too
  // (integrity_counters.hpp), and a version its sure reader (StoredSession).
  // 3: the sealed numbers hold the set of all rows too (row_set.hpp).
  static const std::vector<std::string_view> steps = {version_1, "", version_3};
  return steps;
}

std::int64_t schema_of(Connection& connection) {
  Statement version = connection.prepare("PRAGMA user_version");
  return version.step() ? version.number(0) : 0;
}

void migrate(Connection& connection) {
  const auto stored = schema_of(connection);
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (stored < 0 || stored > known)
    throw diag::Error(diag::ErrorKind::unsupported,
                      "the CAS database has schema " + std::to_string(stored) +
                          ", this program knows " + std::to_string(known) +
                          "; use the newer program that wrote it");
  for (auto step = stored; step < known; ++step) {
    connection.execute("BEGIN IMMEDIATE");
    connection.execute(std::string(migrations()[static_cast<std::size_t>(step)]));
    connection.execute("PRAGMA user_version = " + std::to_string(step + 1));
    connection.execute("COMMIT");
  }
}

}  // namespace sconectl::casd
