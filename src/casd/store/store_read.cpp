// Reading from the store.
#include "casd/store/fields.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"

namespace sconectl::casd {

void Store::see_others() const {
  if (!others_) return;
  others_->look();
  if (others_->facts() != namespaces_seen_) see_namespaces_of_others(*readers_->borrow());
}

bool Store::ready_to_read() const {
  see_others();
  return verification_->passed();
}

void Store::wait_to_read() const {
  see_others();
  verification_->wait();
}

/// What does not fit may be what somebody else has done since it was looked for.
bool Store::others_changed(std::int64_t commits_before) const {
  if (!others_) return false;
  others_->look();
  return others_->commits() != commits_before;
}

/// A damage that is met goes to the caller, and makes the CAS not ready.
crypto::Secret Store::open_seal(const std::string& sealed, const std::string& place) const {
  try {
    return seal_->open(sealed, place);
  } catch (const diag::Error&) {
    if (others_) others_->look();  // who lacks the key of now is not told of a damage
    damage_met_ = true;
    throw;
  }
}

/// As open_seal(), for a row that may have been replaced: the newest is the only right one.
crypto::Secret Store::open_newest(const std::string& sealed, const std::string& place,
                                  std::int64_t version, const RowVersions::Known& known) const {
  if (version < known.at_least) {
    damage_met_ = true;
    throw damaged("an entry is older than the one that was stored last in its place");
  }
  return open_seal(sealed, at_version(place, version));
}

std::nullopt_t Store::none_stored(const RowVersions::Known& known) const {
  if (known.at_least == 0) return std::nullopt;
  damage_met_ = true;
  throw damaged("an entry is missing");
}

StoredSession Store::read_row(Statement& row, bool with_text) const {
  auto session = columns_of_version(row);
  const auto place = version_place(session);
  // Opened even when only the columns are wanted: the seal vouches for them too.
  auto inside = open_seal(row.text(6), place);
  if (with_text) {
    const auto bytes = namespaces_.opened(session.name, std::move(inside), place);
    const auto fields = split_fields(bytes.view());
    if (fields.size() < 2) throw damaged("a session has no text");
    session.text = fields[0];
    session.upload = fields[1];
    if (fields.size() > 2) session.sure_reader = fields[2];  // not in schema 1
  }
  return session;
}

StoredSessionPtr Store::active(const std::string& name) const {
  const bool verified = ready_to_read();
  namespaces_.require_open(name);
  if (auto known = active_.find(name)) return known;
  const auto moment = active_.now();
  auto stored = verified ? newest(name) : indexed(name);
  if (!stored) return nullptr;
  auto version = shared(std::move(*stored));
  active_.keep(version, moment);
  return version;
}

std::optional<StoredSession> Store::newest(const std::string& name) const {
  for (;;) {
    const auto commits = commits_known();
    const auto known = row_versions_.known(newest_version_place(name));
    const auto connection = readers_->borrow();
    Statement row = connection->prepare(std::string(version_columns) +
                                        "WHERE name = ? ORDER BY sequence DESC LIMIT 1");
    row.bind(name);
    std::optional<StoredSession> version;
    if (row.step()) version = read_row(row, true);
    if (version && version->sequence >= known.at_least) return version;
    if (row_versions_.holds(known) && (known.at_least == 0 || !others_changed(commits)))
      return none_stored(known);
    // A session was deleted in between, perhaps this one, and perhaps stored again.
  }
}

/// SQLite's own index is not verified yet: it could lack the newest version.
std::optional<StoredSession> Store::indexed(const std::string& name) const {
  const auto index = [this] {
    const std::lock_guard lock(index_mutex_);
    return index_;
  }();
  if (!index) return newest(name);  // just now all was verified
  const auto position = index->find(name);
  if (!position) return std::nullopt;
  try {
    const auto connection = readers_->borrow();
    Statement row = connection->prepare(std::string(version_columns) + "WHERE id = ?");
    row.bind(position->row);
    if (!row.step()) throw damaged("an active version is missing");
    auto version = read_row(row, true);
    if (version.name != name || version.sequence != position->sequence)
      throw damaged("another version is in the place of an active one");
    return version;
  } catch (const NamespaceLocked&) {
    throw;
  } catch (const diag::Error& fault) {
    verification_->fail(fault);
    throw;
  }
}

std::optional<StoredSession> Store::version(const std::string& name,
                                            const std::string& hash) const {
  const bool verified = ready_to_read();
  namespaces_.require_open(name);
  {
    const auto connection = readers_->borrow();
    Statement row =
        connection->prepare(std::string(version_columns) + "WHERE name = ? AND hash = ?");
    row.bind(name).bind(hash);
    if (row.step()) return read_row(row, true);
  }
  if (verified) return std::nullopt;
  wait_to_read();  // only then it is certain that there is none
  return version(name, hash);
}

std::vector<StoredSession> Store::history(const std::string& name, std::size_t most) const {
  wait_to_read();
  const auto connection = readers_->borrow();
  Statement row = connection->prepare(std::string(version_columns) +
                                      "WHERE name = ? ORDER BY sequence DESC LIMIT ?");
  row.bind(name).bind(static_cast<std::int64_t>(most));
  std::vector<StoredSession> versions;
  while (row.step()) versions.push_back(read_row(row, false));
  return versions;
}

SessionPage Store::children(const std::string& parent, const std::string& after,
                            std::size_t limit) const {
  wait_to_read();
  const auto connection = readers_->borrow();
  // Only names, of rows that were verified: opening all texts would cost megabytes for each name.
  Statement row = connection->prepare(
      "SELECT name FROM session_versions WHERE sequence = 1 AND parent = ? AND name > ? "
      "ORDER BY name LIMIT ?");
  row.bind(parent).bind(after).bind(static_cast<std::int64_t>(limit) + 1);
  SessionPage page;
  while (row.step()) page.names.push_back(row.text(0));
  page.more = page.names.size() > limit;
  if (page.more) page.names.pop_back();
  return page;
}

/// A row that may have been replaced, or deleted with its session.
std::optional<Store::StoredRow> Store::read_newest(
    const std::string& session, const std::string& place,
    const std::function<std::optional<StoredRow>()>& read) const {
  for (;;) {
    const auto commits = commits_known();
    const auto known = row_versions_.known(place);
    auto stored = read();
    const bool right = stored && stored->version >= known.at_least;
    if (!right && (!row_versions_.holds(known) || (known.at_least > 0 && others_changed(commits))))
      continue;  // something was deleted in between
    if (!stored) return none_stored(known);
    stored->value =
        namespaces_.opened(session, open_newest(stored->sealed, place, stored->version, known),
                           at_version(place, stored->version));
    return stored;
  }
}

std::optional<Store::StoredRow> Store::read_value(Connection& connection,
                                                  const std::string& session,
                                                  const std::string& hash,
                                                  const std::string& secret) const {
  return read_newest(session, value_place(session, hash, secret),
                     [&]() -> std::optional<StoredRow> {
                       Statement row = connection.prepare(
                           "SELECT sealed, version FROM secret_values WHERE session = ? AND hash = "
                           "? AND secret = ?");
                       row.bind(session).bind(hash).bind(secret);
                       if (!row.step()) return std::nullopt;
                       return StoredRow{row.text(0), row.number(1), {}};
                     });
}

std::optional<crypto::Secret> Store::value(const std::string& session, const std::string& hash,
                                           const std::string& secret) const {
  const bool verified = ready_to_read();
  namespaces_.require_open(session);
  {
    const auto connection = readers_->borrow();
    if (auto stored = read_value(*connection, session, hash, secret))
      return std::move(stored->value);
  }
  if (verified) return std::nullopt;
  wait_to_read();
  return value(session, hash, secret);
}

std::optional<crypto::Secret> Store::newest_value(const std::string& session,
                                                  const std::string& hash,
                                                  const std::string& secret) const {
  wait_to_read();
  return value(session, hash, secret);
}

SecretValues Store::values(const std::string& session, const std::string& hash) const {
  wait_to_read();
  namespaces_.require_open(session);
  std::vector<std::string> names;
  {
    const auto connection = readers_->borrow();
    Statement row =
        connection->prepare("SELECT secret FROM secret_values WHERE session = ? AND hash = ?");
    row.bind(session).bind(hash);
    while (row.step()) names.push_back(row.text(0));
  }
  SecretValues values;
  for (const auto& secret : names)
    if (auto found = value(session, hash, secret)) values.emplace(secret, std::move(*found));
  return values;
}

/// Facts are few, and verified first.
std::optional<crypto::Secret> Store::fact(const std::string& name) const {
  see_others();
  const auto connection = readers_->borrow();
  Statement row = connection->prepare("SELECT sealed FROM facts WHERE name = ?");
  row.bind(name);
  if (!row.step()) return std::nullopt;
  return open_seal(row.text(0), fact_place(name));
}

std::optional<Store::StoredRow> Store::read_state(Connection& connection,
                                                  const std::string& session,
                                                  const std::string& subject) const {
  return read_newest(session, state_place(session, subject), [&]() -> std::optional<StoredRow> {
    Statement row = connection.prepare(
        "SELECT sealed, version FROM session_states WHERE session = ? AND subject = ?");
    row.bind(session).bind(subject);
    if (!row.step()) return std::nullopt;
    return StoredRow{row.text(0), row.number(1), {}};
  });
}

std::optional<crypto::Secret> Store::state(const std::string& session,
                                           const std::string& subject) const {
  wait_to_read();
  namespaces_.require_open(session);
  const auto connection = readers_->borrow();
  auto stored = read_state(*connection, session, subject);
  if (!stored || stored->value.empty()) return std::nullopt;
  return std::move(stored->value);
}

}  // namespace sconectl::casd
