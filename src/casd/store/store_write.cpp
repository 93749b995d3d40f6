// Writing to the store.
#include <filesystem>

#include "casd/store/fields.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

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

/// Nothing is written to a database that may be damaged.
void Store::write(const std::function<void(Connection&)>& work) {
  verification_->wait();
  writer_->run(work);
}

bool Store::add(const SessionWritePermission& permission, const NewSession& session) {
  if (permission.name() != session.session.name)
    throw Error(ErrorKind::failed, "the permission belongs to another session");
  bool stored = false;
  write([&](Connection& connection) {
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
  if (stored) {
    const int versions = session.sealed_root ? 2 : 1;
    versions_ += versions;
    not_indexed_ += versions;
    write_index_if_due();
  }
  return stored;
}

void Store::insert_session(Connection& connection, StoredSession session) {
  active_.will_change(session.name);
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
  write([&](Connection& connection) {
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
  write([&](Connection& connection) {
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

void Store::keep_fact(const StartPermission&, const std::string& name, std::string_view value) {
  const auto sealed = seal_->seal(value, fact_place(name));
  write([&](Connection& connection) {
    connection.prepare("INSERT INTO facts VALUES (?, ?)").bind(name).bind(Blob{sealed}).run();
  });
}

bool Store::last_write_succeeded() const {
  return writer_->healthy();
}

bool Store::writable() {
  if (verification_->failed() || damage_met_) return false;
  std::error_code unknown;
  const auto space = std::filesystem::space(path_, unknown);
  if (!unknown && space.available < least_space) return false;
  if (writer_->healthy()) return true;
  try {
    write([](Connection&) {});
    return writer_->healthy();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace sconectl::casd
