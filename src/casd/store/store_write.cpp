// Writing to the store.
#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <utility>

#include "casd/store/fields.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// It may have been deleted since it was read.
void require_session(Connection& connection, const SessionVersion& session) {
  if (session.name == "/") return;
  Statement row = connection.prepare(
      "SELECT 1 FROM session_versions WHERE name = ? AND (? = '' OR hash = ?) LIMIT 1");
  row.bind(session.name).bind(session.hash).bind(session.hash);
  if (!row.step())
    throw Error(ErrorKind::not_found, "session '" + session.name + "' was deleted meanwhile");
}

/// Tells how long a write took, when it has ended.
class ToldWrite {
 public:
  explicit ToldWrite(const std::function<void(std::chrono::nanoseconds, bool)>& on_write)
      : on_write_(on_write) {}
  ~ToldWrite() {
    if (on_write_)
      on_write_(std::chrono::steady_clock::now() - begin_,
                std::uncaught_exceptions() == exceptions_);
  }
  ToldWrite(const ToldWrite&) = delete;
  ToldWrite& operator=(const ToldWrite&) = delete;

 private:
  const std::function<void(std::chrono::nanoseconds, bool)>& on_write_;
  const int exceptions_ = std::uncaught_exceptions();
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Names, without the root session. In the transaction that adds one, so that two at once, here or
/// in another CAS, are counted one after the other.
std::int64_t sessions_in(Connection& connection) {
  Statement row = connection.prepare(
      "SELECT count(*) FROM session_versions WHERE sequence = 1 AND parent IS NOT NULL");
  return row.step() ? row.number(0) : 0;
}

/// All versions, kept by the database: a count that no number of names exceeds.
std::int64_t versions_in(Connection& connection) {
  Statement row =
      connection.prepare("SELECT rows FROM row_counts WHERE subject = 'session_versions'");
  return row.step() ? row.number(0) : 0;
}

void refuse_one_too_many(Connection& connection, const NewSession& session) {
  const auto basis = session.based_on.find(session.session.name);
  const bool is_update = basis != session.based_on.end() && basis->second;
  const auto most = *session.most_sessions;
  if (is_update || session.session.name == "/") return;
  if (versions_in(connection) <= most || sessions_in(connection) < most) return;
  throw Error(ErrorKind::refused,
              "this CAS has as many sessions as it may have (" + std::to_string(most) + ")",
              {"updates are taken; whoever may deletes sessions that nobody needs ('sconectl "
               "session delete'), or the operator allows more (--max-sessions)"});
}

}  // namespace

/// Nothing is written to a database that may be damaged.
void Store::write(const Work& work, const Notes* notes) {
  verification_->wait();
  const ToldWrite told(options_.on_write);
  RowChanges changes;
  writer_->run([&](Connection& connection) { work(connection, changes); },
               [&] {
                 pending_.set.flip(changes.set);
                 // What an earlier job of this transaction wrote is gone as well.
                 std::erase_if(pending_.versions, [&](const auto& written) {
                   return std::any_of(changes.gone.begin(), changes.gone.end(),
                                      [&](const auto& row) { return row.first == written.first; });
                 });
                 for (auto& version : changes.versions)
                   pending_.versions.push_back(std::move(version));
                 for (auto& row : changes.gone) pending_.gone.push_back(std::move(row));
                 for (auto& name : changes.sessions) pending_.sessions.push_back(std::move(name));
                 pending_.facts = pending_.facts || changes.facts;
                 if (notes != nullptr)
                   pending_notes_.insert(pending_notes_.end(), notes->begin(), notes->end());
               });
}

void Store::note(const Notes& notes) {
  write([](Connection&, RowChanges&) {}, &notes);
}

/// In the writer's transaction, after all that was written in it.
void Store::tell_journal(Connection& connection) {
  Journal* const journal = journal_;
  if (journal == nullptr || pending_notes_.empty()) return;
  for (const auto& state : journal->tell(pending_notes_)) {
    const auto before = read_state(connection, "/", state.subject);
    if (before)
      replace_state(connection, pending_, "/", state.subject, *before, state.value);
    else
      insert_state(connection, pending_, "/", state.subject, state.value);
  }
}

/// The writer's transaction has ended.
bool Store::written(bool stored) noexcept {
  active_.changed();
  namespaces_.transaction_ended(stored);
  const auto changes = std::exchange(pending_, {});
  const auto notes = std::exchange(pending_notes_, {});
  Journal* const journal = journal_;
  if (journal != nullptr && !notes.empty()) journal->ended(stored);
  if (!stored) {
    take_back_key();
    if (others_)
      others_->not_written(changes);
    else
      for (const auto& [place, version] : changes.gone) row_versions_.put(place, version);
    return false;
  }
  const bool key_changed = std::exchange(key_changed_, false);
  if (others_) {
    const bool remembered = others_->written(changes);
    if (key_changed) others_->end_key_change(true);
    return remembered;
  }
  rows_.flip(changes.set);
  for (const auto& [place, version] : changes.versions) row_versions_.put(place, version);
  return counters_->committed();
}

bool Store::add(const SessionWritePermission& permission, const NewSession& session) {
  if (permission.name() != session.session.name)
    throw Error(ErrorKind::failed, "the permission belongs to another session");
  bool stored = false;
  Notes notes;
  const auto work = [&](Connection& connection, RowChanges& changes) {
    for (const auto& [name, hash] : session.based_on)
      if (active_hash(connection, name) != hash) return;
    if (session.most_sessions) refuse_one_too_many(connection, session);
    if (!session.creator.empty()) count_version(connection, changes, session);
    if (session.sealed_root) insert_session(connection, changes, *session.sealed_root);
    // Ended rows stay, empty: rows are counted, and none ever goes.
    for (const auto& subject : session.ended_states)
      if (const auto before = read_state(connection, session.session.name, subject))
        replace_state(connection, changes, session.session.name, subject, *before, "");
    insert_session(connection, changes, session.session);
    for (const auto& [secret, value] : session.values) {
      const auto at = value_place(session.session.name, session.session.hash, secret);
      const auto sealed = sealed_row(session.session.name, value.view(), at);
      changes.set.flip(seal_->digest(sealed, at));
      connection
          .prepare("INSERT INTO secret_values (session, hash, secret, sealed) VALUES (?, ?, ?, ?)")
          .bind(session.session.name)
          .bind(session.session.hash)
          .bind(secret)
          .bind(Blob{sealed})
          .run();
    }
    stored = true;
    notes = session.notes;
  };
  write(work, &notes);
  if (stored) {
    const int versions = session.sealed_root ? 2 : 1;
    versions_ += versions;
    not_indexed_ += versions;
    write_index_if_due();
  }
  return stored;
}

/// Deleted sessions count too: they are no way to store ever more.
void Store::count_version(Connection& connection, RowChanges& changes, const NewSession& session) {
  const auto subject = "versions-of:" + session.creator;
  const auto before = read_state(connection, "/", subject);
  const auto number =
      before ? text::number<std::int64_t>(before->value.view()).value_or(0) : std::int64_t{0};
  if (number >= session.most_of_creator)
    throw Error(ErrorKind::refused, "this key has stored as many versions of sessions as it may (" +
                                        std::to_string(session.most_of_creator) + ")");
  const auto counted = std::to_string(number + 1);
  if (before) return replace_state(connection, changes, "/", subject, *before, counted);
  insert_state(connection, changes, "/", subject, counted);
}

void Store::insert_session(Connection& connection, RowChanges& changes, StoredSession session) {
  active_.will_change(session.name);
  changes.sessions.push_back(session.name);
  {
    Statement last =
        connection.prepare("SELECT max(sequence) FROM session_versions WHERE name = ?");
    last.bind(session.name);
    session.sequence = last.step() ? last.number(0) + 1 : 1;
  }
  if (session.sequence > 1)
    changes.versions.emplace_back(newest_version_place(session.name), session.sequence);
  const auto at = version_place(session);
  const auto sealed = sealed_row(
      session.name, join_fields({session.text, session.upload, session.sure_reader}).view(), at);
  changes.set.flip(seal_->digest(sealed, at));
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
      .bind(Blob{sealed})
      .run();
}

/// The seal of a row's next version, which takes the place of the one before.
std::string Store::sealed_next(RowChanges& changes, const std::string& session,
                               const std::string& place, const StoredRow& before,
                               std::string_view value) const {
  const auto next = at_version(place, before.version + 1);
  auto sealed = sealed_row(session, value, next);
  changes.set.flip(seal_->digest(before.sealed, at_version(place, before.version)));
  changes.set.flip(seal_->digest(sealed, next));
  changes.versions.emplace_back(place, before.version + 1);
  return sealed;
}

void Store::replace_value(const RenewalPermission&, const std::string& session,
                          const std::string& hash, const std::string& secret,
                          std::string_view value) {
  write([&](Connection& connection, RowChanges& changes) {
    require_session(connection, {session, hash});
    const auto before = read_value(connection, session, hash, secret);
    if (!before) throw damaged("a value that is to be replaced is missing");
    const auto sealed =
        sealed_next(changes, session, value_place(session, hash, secret), *before, value);
    connection
        .prepare(
            "UPDATE secret_values SET sealed = ?, version = ? WHERE session = ? AND hash = ? "
            "AND secret = ?")
        .bind(Blob{sealed})
        .bind(before->version + 1)
        .bind(session)
        .bind(hash)
        .bind(secret)
        .run();
  });
}

void Store::replace_state(Connection& connection, RowChanges& changes, const std::string& session,
                          const std::string& subject, const StoredRow& before,
                          std::string_view value) const {
  const auto sealed = sealed_next(changes, session, state_place(session, subject), before, value);
  connection
      .prepare(
          "UPDATE session_states SET sealed = ?, version = ? WHERE session = ? AND subject = ?")
      .bind(Blob{sealed})
      .bind(before.version + 1)
      .bind(session)
      .bind(subject)
      .run();
}

void Store::insert_state(Connection& connection, RowChanges& changes, const std::string& session,
                         const std::string& subject, std::string_view value) const {
  const auto at = state_place(session, subject);
  const auto sealed = sealed_row(session, value, at);
  changes.set.flip(seal_->digest(sealed, at));
  changes.versions.emplace_back(at, 1);
  connection.prepare("INSERT INTO session_states (sealed, session, subject) VALUES (?, ?, ?)")
      .bind(Blob{sealed})
      .bind(session)
      .bind(subject)
      .run();
}

void Store::change_state(const StatePermission& permission, const SessionVersion& session,
                         const std::string& subject, const Change& change, const Notes* notes) {
  change_states(permission, session, {{subject, change}}, notes);
}

void Store::change_states(const StatePermission&, const SessionVersion& session,
                          const std::vector<StateChange>& changes, const Notes* notes) {
  const auto work = [&](Connection& connection, RowChanges& rows) {
    require_session(connection, session);
    for (const auto& [subject, change] : changes) {
      const auto before = read_state(connection, session.name, subject);
      const auto changed = change(
          before && !before->value.empty() ? std::optional(before->value.view()) : std::nullopt);
      if (!changed) continue;
      if (before)
        replace_state(connection, rows, session.name, subject, *before, changed->view());
      else
        insert_state(connection, rows, session.name, subject, changed->view());
    }
  };
  write(work, notes);
}

void Store::keep_fact(const StartPermission&, const std::string& name, std::string_view value) {
  insert_fact(name, value);
}

void Store::keep_fact(const OwnershipPermission&, const std::string& name, std::string_view value,
                      const Notes& notes) {
  insert_fact(name, value, &notes);
}

void Store::insert_fact(const std::string& name, std::string_view value, const Notes* notes) {
  const auto insert = [&](Connection& connection, RowChanges& changes) {
    // Here, as the key may change before it is this transaction's turn.
    const auto sealed = seal_->seal(value, fact_place(name));
    changes.set.flip(seal_->digest(sealed, fact_place(name)));
    changes.facts = true;
    connection.prepare("INSERT INTO facts VALUES (?, ?)").bind(name).bind(Blob{sealed}).run();
  };
  write(insert, notes);
}

bool Store::last_write_succeeded() const {
  return writer_->healthy();
}

Store::Space Store::space() const {
  return database_->space();
}

bool Store::writable() {
  if (damage_known()) return false;
  if (database_->full()) return false;
  try {
    see_others();
  } catch (const Error&) {
    return false;
  }
  if (writer_->healthy()) return true;
  try {
    write([](Connection&, RowChanges&) {});
    return writer_->healthy();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace sconectl::casd
