#include "casd/store/store.hpp"

#include "casd/store/fields.hpp"
#include "casd/store/migrations.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr unsigned directory_mode = 0700;
constexpr std::size_t most_idle_connections = 64;
/// Small writes still succeed with less, but the largest upload would not.
constexpr std::uintmax_t least_space = 8U << 20U;

/// The active version must be the one that a decision was based on.
bool still(Connection& connection, const std::string& name,
           const std::optional<std::string>& expected) {
  Statement row = connection.prepare(
      "SELECT hash FROM session_versions WHERE name = ? ORDER BY sequence DESC LIMIT 1");
  row.bind(name);
  if (!row.step()) return !expected;
  return expected && row.text(0) == *expected;
}

}  // namespace

/// A connection that is given back.
class Store::Reader {
 public:
  explicit Reader(const Store& store) : store_(store) {
    {
      const std::lock_guard lock(store.mutex_);
      if (!store.idle_.empty()) {
        connection_ = std::move(store.idle_.back());
        store.idle_.pop_back();
      }
    }
    if (connection_) return;
    connection_ = std::make_unique<Connection>(store.path_, Connection::Mode::read_only);
    // In KiB. There can be many readers, and the system keeps the same pages for all of them.
    connection_->execute("PRAGMA cache_size = -256");
  }
  ~Reader() {
    const std::lock_guard lock(store_.mutex_);
    if (store_.idle_.size() < most_idle_connections) store_.idle_.push_back(std::move(connection_));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  Connection* operator->() const { return connection_.get(); }
  Connection& operator*() const { return *connection_; }

 private:
  const Store& store_;
  std::unique_ptr<Connection> connection_;
};

Store::Reader Store::reader() const {
  return Reader(*this);
}

Store::Store(const std::filesystem::path& directory) {
  host::system_files()->make_directories(directory, directory_mode);
  lock_ = host::system_files()->try_lock(directory / "cas.lock");
  if (!lock_)
    throw Error(ErrorKind::unavailable,
                "another CAS already uses " + directory.string() + "; there can be only one");
  // Of files that a killed CAS was writing.
  for (const auto& name : host::system_files()->list(directory))
    if (name.starts_with(host::new_file_prefix))
      host::system_files()->remove_tree(directory / name);
  open_files(directory);
}

Store::~Store() = default;

/// A first start that was cut short leaves a marker; nothing was acknowledged then, so it is begun
/// again. Without the marker, one file alone is a loss that must not be papered over (CC-014).
void Store::open_files(const std::filesystem::path& directory) {
  const auto files = host::system_files();
  const auto database = directory / "cas.db";
  const auto marker = directory / "cas.first-start";
  KeyFile key(directory / "cas.key-store");
  path_ = database.string();
  if (files->exists(marker)) {
    for (const auto* name : {"cas.db", "cas.db-wal", "cas.db-shm", "cas.key-store", "cas.counter"})
      files->remove_tree(directory / name);
  }
  const bool fresh = !files->exists(database) && !key.exists();
  if (!fresh && !key.exists())
    throw Error(ErrorKind::unavailable,
                "the key file " + (directory / "cas.key-store").string() +
                    " of the CAS database is missing; put it back from your copy (a new key could "
                    "not open the database)");
  if (!fresh && !files->exists(database))
    throw Error(ErrorKind::unavailable, "the CAS database " + path_ +
                                            " is missing and its key file is there; put it back "
                                            "from your copy, or remove the key file to start anew");
  if (fresh) {
    files->write(marker, "", 0600);
    files->write(database, "", 0600);
  }
  seal_ = std::make_unique<RowSeal>(fresh ? key.create() : key.open());
  {
    Connection connection(path_, Connection::Mode::read_write);
    connection.execute("PRAGMA journal_mode = WAL");
    migrate(connection);
    counters_ = std::make_unique<IntegrityCounters>(*seal_, directory / "cas.counter");
    if (fresh) counters_->begin(connection);
    verify(connection);
  }
  writer_ = std::make_unique<Writer>(
      path_, [this](Connection& c) { counters_->seal(c); },
      [this] { return counters_->committed(); });
  if (fresh || files->exists(marker)) files->remove_tree(marker);
}

void Store::checkpoint() {
  Connection(path_, Connection::Mode::read_write).execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

StoredSession Store::read_row(Statement& row, bool with_text) const {
  StoredSession session;
  session.name = row.text(0);
  session.sequence = row.number(1);
  session.hash = row.text(2);
  session.predecessor = row.optional_text(3);
  session.created = row.number(4);
  session.salted = row.number(5) != 0;
  // Opened even when only the columns are wanted: the seal vouches for them too.
  const auto bytes = seal_->open(row.text(6), version_place(session));
  if (with_text) {
    const auto fields = split_fields(bytes.view());
    if (fields.size() < 2) throw damaged("a session has no text");
    session.text = fields[0];
    session.upload = fields[1];
    if (fields.size() > 2) session.sure_reader = fields[2];  // not in schema 1
  }
  return session;
}

std::optional<StoredSession> Store::active(const std::string& name) const {
  const auto connection = reader();
  Statement row = connection->prepare(std::string(version_columns) +
                                      "WHERE name = ? ORDER BY sequence DESC LIMIT 1");
  row.bind(name);
  if (!row.step()) return std::nullopt;
  return read_row(row, true);
}

std::optional<StoredSession> Store::version(const std::string& name,
                                            const std::string& hash) const {
  const auto connection = reader();
  Statement row = connection->prepare(std::string(version_columns) + "WHERE name = ? AND hash = ?");
  row.bind(name).bind(hash);
  if (!row.step()) return std::nullopt;
  return read_row(row, true);
}

std::vector<StoredSession> Store::history(const std::string& name) const {
  const auto connection = reader();
  Statement row =
      connection->prepare(std::string(version_columns) + "WHERE name = ? ORDER BY sequence");
  row.bind(name);
  std::vector<StoredSession> versions;
  while (row.step()) versions.push_back(read_row(row, false));
  return versions;
}

SessionPage Store::children(const std::string& parent, const std::string& after,
                            std::size_t limit) const {
  const auto connection = reader();
  Statement row =
      connection->prepare(std::string(version_columns) +
                          "WHERE sequence = 1 AND parent = ? AND name > ? ORDER BY name LIMIT ?");
  row.bind(parent).bind(after).bind(static_cast<std::int64_t>(limit) + 1);
  SessionPage page;
  while (row.step()) page.names.push_back(read_row(row, false).name);
  page.more = page.names.size() > limit;
  if (page.more) page.names.pop_back();
  return page;
}

bool Store::any_besides_root() const {
  const auto connection = reader();
  return connection
      ->prepare("SELECT 1 FROM session_versions WHERE sequence = 1 AND parent IS NOT NULL LIMIT 1")
      .step();
}

std::optional<crypto::Secret> Store::value(const std::string& session, const std::string& hash,
                                           const std::string& secret) const {
  const auto connection = reader();
  Statement row = connection->prepare(
      "SELECT sealed FROM secret_values WHERE session = ? AND hash = ? AND secret = ?");
  row.bind(session).bind(hash).bind(secret);
  if (!row.step()) return std::nullopt;
  return seal_->open(row.text(0), value_place(session, hash, secret));
}

SecretValues Store::values(const std::string& session, const std::string& hash) const {
  const auto connection = reader();
  Statement row = connection->prepare(
      "SELECT secret, sealed FROM secret_values WHERE session = ? AND hash = ?");
  row.bind(session).bind(hash);
  SecretValues values;
  while (row.step()) {
    const auto secret = row.text(0);
    values.emplace(secret, seal_->open(row.text(1), value_place(session, hash, secret)));
  }
  return values;
}

std::optional<crypto::Secret> Store::fact(const std::string& name) const {
  const auto connection = reader();
  Statement row = connection->prepare("SELECT sealed FROM facts WHERE name = ?");
  row.bind(name);
  if (!row.step()) return std::nullopt;
  return seal_->open(row.text(0), fact_place(name));
}

bool Store::add(const SessionWritePermission& permission, const NewSession& session) {
  if (permission.name() != session.session.name)
    throw Error(ErrorKind::failed, "the permission belongs to another session");
  bool stored = false;
  writer_->run([&](Connection& connection) {
    for (const auto& [name, hash] : session.based_on)
      if (!still(connection, name, hash)) return;
    if (session.sealed_root) insert_session(connection, *session.sealed_root);
    for (const auto& subject : session.ended_states)
      end_state(connection, session.session.name, subject);
    insert_session(connection, session.session);
    for (const auto& [secret, value] : session.values) {
      const auto at = value_place(session.session.name, session.session.hash, secret);
      connection
          .prepare("INSERT INTO secret_values (session, hash, secret, sealed) VALUES (?, ?, ?, ?)")
          .bind(session.session.name)
          .bind(session.session.hash)
          .bind(secret)
          .bind(Blob{seal_->seal(value.view(), at)})
          .run();
    }
    stored = true;
  });
  return stored;
}

void Store::insert_session(Connection& connection, StoredSession session) const {
  {
    Statement last =
        connection.prepare("SELECT max(sequence) FROM session_versions WHERE name = ?");
    last.bind(session.name);
    session.sequence = last.step() ? last.number(0) + 1 : 1;
  }
  connection
      .prepare(
          "INSERT INTO session_versions (name, parent, sequence, hash, predecessor, created, "
          "salted, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(session.name)
      .bind(session::parent(session.name))
      .bind(session.sequence)
      .bind(session.hash)
      .bind(session.predecessor)
      .bind(session.created)
      .bind(std::int64_t{session.salted ? 1 : 0})
      .bind(
          Blob{seal_->seal(join_fields({session.text, session.upload, session.sure_reader}).view(),
                           version_place(session))})
      .run();
}

void Store::replace_value(const RenewalPermission&, const std::string& session,
                          const std::string& hash, const std::string& secret,
                          std::string_view value) {
  const auto sealed = seal_->seal(value, value_place(session, hash, secret));
  writer_->run([&](Connection& connection) {
    connection
        .prepare(
            "UPDATE secret_values SET sealed = ? WHERE session = ? AND hash = ? AND secret = ?")
        .bind(Blob{sealed})
        .bind(session)
        .bind(hash)
        .bind(secret)
        .run();
  });
}

std::optional<crypto::Secret> Store::read_state(Connection& connection, const std::string& session,
                                                const std::string& subject) const {
  Statement row =
      connection.prepare("SELECT sealed FROM session_states WHERE session = ? AND subject = ?");
  row.bind(session).bind(subject);
  if (!row.step()) return std::nullopt;
  return seal_->open(row.text(0), state_place(session, subject));
}

std::optional<crypto::Secret> Store::state(const std::string& session,
                                           const std::string& subject) const {
  const auto connection = reader();
  auto stored = read_state(*connection, session, subject);
  if (stored && stored->empty()) return std::nullopt;
  return stored;
}

/// The row stays, empty: rows are counted, and none ever goes.
void Store::end_state(Connection& connection, const std::string& session,
                      const std::string& subject) const {
  connection.prepare("UPDATE session_states SET sealed = ? WHERE session = ? AND subject = ?")
      .bind(Blob{seal_->seal("", state_place(session, subject))})
      .bind(session)
      .bind(subject)
      .run();
}

void Store::change_state(const StatePermission&, const std::string& session,
                         const std::string& subject, const Change& change) {
  writer_->run([&](Connection& connection) {
    const auto stored = read_state(connection, session, subject);
    const auto changed =
        change(stored && !stored->empty() ? std::optional(stored->view()) : std::nullopt);
    if (!changed) return;
    const auto sealed = seal_->seal(changed->view(), state_place(session, subject));
    connection
        .prepare(stored ? "UPDATE session_states SET sealed = ? WHERE session = ? AND subject = ?"
                        : "INSERT INTO session_states (sealed, session, subject) VALUES (?, ?, ?)")
        .bind(Blob{sealed})
        .bind(session)
        .bind(subject)
        .run();
  });
}

void Store::keep_fact(const FirstStartPermission&, const std::string& name,
                      std::string_view value) {
  const auto sealed = seal_->seal(value, fact_place(name));
  writer_->run([&](Connection& connection) {
    connection.prepare("INSERT INTO facts VALUES (?, ?)").bind(name).bind(Blob{sealed}).run();
  });
}

bool Store::last_write_succeeded() const {
  return writer_->healthy();
}

bool Store::writable() {
  std::error_code unknown;
  const auto space = std::filesystem::space(path_, unknown);
  if (!unknown && space.available < least_space) return false;
  if (writer_->healthy()) return true;
  try {
    writer_->run([](Connection&) {});
    return writer_->healthy();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace sconectl::casd
