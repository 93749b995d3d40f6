-- The database of the CAS as it is now: the sum of the migrations in migrations.cpp (a test compares).
-- `sealed` columns hold AES-256-GCM under the database key; their associated data is the table and
-- the row's other columns, so no row can be changed, or put in another's place, without being seen;
-- the set of all rows is sealed too, so no row of an earlier time can take the place of a later one.

-- Every version of every session, until the session is deleted. The active one has the highest sequence of its name.
CREATE TABLE session_versions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  parent TEXT,                  -- the namespace session; null for the root
  sequence INTEGER NOT NULL,    -- 1, 2, 3 ... within a name
  hash TEXT NOT NULL,           -- 64 lower-case hex digits
  predecessor TEXT,             -- hash of the version before, as the upload named it
  created INTEGER NOT NULL,     -- seconds since 1970
  salted INTEGER NOT NULL,      -- 1 if this version or one before it has a salt
  sealed BLOB NOT NULL,         -- the session's text, and the upload as it was signed
  UNIQUE (name, sequence),
  UNIQUE (name, hash)
) STRICT;
CREATE INDEX first_versions ON session_versions (parent, name) WHERE sequence = 1;

-- What the CAS generated for the secrets of one version.
CREATE TABLE secret_values (
  id INTEGER PRIMARY KEY,
  session TEXT NOT NULL,
  hash TEXT NOT NULL,           -- of the session's version
  secret TEXT NOT NULL,
  sealed BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,  -- 1, 2, 3 ...: how often the row was written
  UNIQUE (session, hash, secret)
) STRICT;

-- What must be remembered about a session across its versions: used one-time passwords, tags.
CREATE TABLE session_states (
  session TEXT NOT NULL,
  subject TEXT NOT NULL,        -- "otp:<service>", ...
  sealed BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,  -- as above
  PRIMARY KEY (session, subject)
) STRICT, WITHOUT ROWID;

-- What the CAS knows about itself: its keys, and the sealed copy of `row_counts`.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How many rows there must be; kept by triggers and by who deletes a session (no trigger: rows that
-- somebody else removes are missed), compared with the sealed copy and the rows at start.
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
