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

/// The same tables, sorted bytewise as SQLite does. `commits`: see commit_log.hpp.
constexpr std::string_view postgres_version_3 = R"sql(
CREATE TABLE cas_schema (version BIGINT NOT NULL);
INSERT INTO cas_schema VALUES (3);
CREATE TABLE session_versions (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  parent TEXT COLLATE "C",
  sequence BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  predecessor TEXT COLLATE "C",
  created BIGINT NOT NULL,
  salted BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  UNIQUE (name, sequence),
  UNIQUE (name, hash)
);
CREATE INDEX first_versions ON session_versions (parent, name) WHERE sequence = 1;
CREATE TABLE secret_values (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  secret TEXT COLLATE "C" NOT NULL,
  sealed BYTEA NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  UNIQUE (session, hash, secret)
);
CREATE TABLE session_states (
  session TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  sealed BYTEA NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (session, subject)
);
CREATE TABLE facts (
  name TEXT COLLATE "C" PRIMARY KEY,
  sealed BYTEA NOT NULL
);
CREATE TABLE row_counts (
  subject TEXT COLLATE "C" PRIMARY KEY,
  rows BIGINT NOT NULL
);
CREATE FUNCTION count_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE row_counts SET rows = rows + 1 WHERE subject = TG_TABLE_NAME;
  RETURN NULL;
END $$;
CREATE TRIGGER count_session_versions AFTER INSERT ON session_versions
  FOR EACH ROW EXECUTE FUNCTION count_row();
CREATE TRIGGER count_secret_values AFTER INSERT ON secret_values
  FOR EACH ROW EXECUTE FUNCTION count_row();
CREATE TRIGGER count_session_states AFTER INSERT ON session_states
  FOR EACH ROW EXECUTE FUNCTION count_row();
INSERT INTO row_counts VALUES ('secret_values', 0), ('session_states', 0), ('session_versions', 0);
CREATE TABLE commits (
  number BIGINT PRIMARY KEY,
  sealed BYTEA NOT NULL
);
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

void refuse_newer_schema(std::int64_t stored) {
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (stored < 0 || stored > known)
    throw diag::Error(diag::ErrorKind::unsupported,
                      "the CAS database has schema " + std::to_string(stored) +
                          ", this program knows " + std::to_string(known) +
                          "; use the newer program that wrote it");
}

void migrate(Connection& connection) {
  const auto stored = schema_of(connection);
  refuse_newer_schema(stored);
  const auto known = static_cast<std::int64_t>(migrations().size());
  for (auto step = stored; step < known; ++step) {
    connection.execute("BEGIN IMMEDIATE");
    connection.execute(std::string(migrations()[static_cast<std::size_t>(step)]));
    connection.execute("PRAGMA user_version = " + std::to_string(step + 1));
    connection.execute("COMMIT");
  }
}

std::string_view postgres_schema() {
  return postgres_version_3;
}

}  // namespace sconectl::casd
