// Namespaces that are sealed with a key of their owner.
#include <cstdint>
#include <utility>

#include "casd/store/reseal_rows.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

std::string key_subject(const std::string& name) {
  return std::string(sealed_namespace_subject) + name;
}

/// In bytes: others that write would wait too long for a larger one.
constexpr std::uintmax_t largest_written_anew = std::uintmax_t{128} << 20U;

/// What was replaced, or moved to another page, before may stand in free parts of the database yet.
/// False: it may still.
bool write_anew(const Database& database) {
  if (database.shared() || database.space().used > largest_written_anew) return false;
  try {
    database.connect(Database::Mode::write)->execute("VACUUM");
    return true;
  } catch (const Error&) {  // the disk is full, or somebody writes without an end
    return false;
  }
}

}  // namespace

/// What a row of this session has to hold now.
std::string Store::sealed_row(const std::string& session, std::string_view value,
                              const std::string& at) const {
  const auto closed = namespaces_.closed(session, value, at);
  return seal_->seal(closed ? std::string_view(*closed) : value, at);
}

/// Of the root session's states, as they are stored. One of an earlier time that somebody has put
/// back is found by the verification; until then nothing is written, and the rows say themselves
/// that they are sealed.
void Store::load_namespaces(Connection& connection) const {
  const auto read = [&] {
    SealedNamespaces::Checks checks;
    Statement row = connection.prepare(
        "SELECT subject, sealed, version FROM session_states WHERE session = '/' AND "
        "subject > ? AND subject < ?");
    const std::string first(sealed_namespace_subject);
    row.bind(first).bind(first.substr(0, first.size() - 1) + ";");
    while (row.step()) {
      const auto subject = row.text(0);
      const auto check =
          open_seal(row.text(1), at_version(state_place("/", subject), row.number(2)));
      if (!check.empty()) checks.emplace(subject.substr(first.size()), check.view());
    }
    return checks;
  };
  for (const auto& name : namespaces_.load(read)) namespace_locked(name);
}

/// Of a shared database; the number is read first, so that nothing that comes meanwhile is missed.
void Store::see_namespaces_of_others(Connection& connection) const {
  const auto facts = others_->facts();
  load_namespaces(connection);
  namespaces_seen_ = facts;
}

/// The key has gone before: who has read something with it does not keep it any more.
void Store::namespace_locked(const std::string& name) const {
  active_.forget_all();
  if (on_namespace_locked_) on_namespace_locked_(name);
}

void Store::store_namespace_key(Connection& connection, RowChanges& changes,
                                const std::string& name, const NamespaceKeyPtr& key) {
  const auto subject = key_subject(name);
  const std::string check = key ? key->check() : "";
  if (const auto before = read_state(connection, "/", subject))
    replace_state(connection, changes, "/", subject, *before, check);
  else
    insert_state(connection, changes, "/", subject, check);
  changes.facts = true;  // others look at it again then
  namespaces_.replace(name, key);
}

bool Store::replace_namespace_key(const SessionWritePermission& permission, const std::string& hash,
                                  const NamespaceKeyPtr& key, const Notes& notes) {
  const auto& name = permission.name();
  if (name == "/")
    throw Error(ErrorKind::refused,
                "the root can not be sealed: the CAS could not start without its key");
  bool done = false;
  Notes told;
  const auto work = [&](Connection& connection, RowChanges& changes) {
    done = false;
    told.clear();
    if (active_hash(connection, name) != hash) return;
    const auto before = namespaces_.key_to_replace(name, key != nullptr);
    if (!before && !key) throw namespace_not_sealed(name);
    const OverwritingDeleted overwriting(connection);
    reseal_rows(connection, name, [&](const SealedRow& row) {
      auto text = seal_->open(row.sealed, row.place);
      if (before) {
        auto opened = SealedNamespaces::is_sealed(text.view())
                          ? before->open(text.view(), row.place)
                          : std::nullopt;
        if (!opened) throw damaged("an entry of a sealed namespace does not open with its key");
        text = std::move(*opened);
      }
      auto again = key ? seal_->seal(key->seal(text.view(), row.place), row.place)
                       : seal_->seal(text.view(), row.place);
      changes.set.flip(seal_->digest(row.sealed, row.place));
      changes.set.flip(seal_->digest(again, row.place));
      return again;
    });
    told = notes;
    store_namespace_key(connection, changes, name, key);
    done = true;
  };
  write(work, &told);
  return done;
}

std::optional<Store::NamespaceSealed> Store::seal_namespace(
    const SessionWritePermission& permission, const std::string& hash,
    const crypto::Secret& owners_key, const Notes& notes) {
  if (!replace_namespace_key(permission, hash,
                             std::make_shared<const NamespaceKey>(permission.name(), owners_key),
                             notes))
    return std::nullopt;
  const bool anew = write_anew(*database_);
  // What was there before is not left in the log, unless another program reads.
  const bool emptied = database_->empty_log();
  return NamespaceSealed{anew && emptied};
}

bool Store::unseal_namespace(const SessionWritePermission& permission, const std::string& hash,
                             const Notes& notes) {
  return replace_namespace_key(permission, hash, nullptr, notes);
}

std::optional<SealedNamespaces::Sealed> Store::sealed_namespace(const std::string& session) const {
  see_others();
  return namespaces_.around(session);
}

std::vector<SealedNamespaces::Sealed> Store::sealed_namespaces() const {
  see_others();
  return namespaces_.all();
}

std::optional<ProvenNamespaceKey> Store::proven_key(const std::string& name,
                                                    const crypto::Secret& owners_key) const {
  see_others();
  return namespaces_.proven(name, owners_key);
}

void Store::lock_namespace(const SessionWritePermission& permission) {
  const auto& name = permission.name();
  const auto sealed = namespaces_.around(name);
  if (!sealed || sealed->name != name) throw namespace_not_sealed(name);
  if (namespaces_.lock(name)) namespace_locked(name);
}

}  // namespace sconectl::casd
