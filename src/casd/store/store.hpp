// All that the CAS remembers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/integrity_counters.hpp"
#include "casd/store/key_store.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

class Writer;

/// One version of a session as it is stored. Immutable.
struct StoredSession {
  std::string name;
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... within a name
  std::string hash;           ///< 64 lower-case hex digits
  std::optional<std::string> predecessor;
  std::int64_t created = 0;  ///< seconds since 1970
  bool salted = false;       ///< this version or one before it has a salt (SL-055, SL-056)
  std::string text;          ///< normalised YAML (SL-337)
  std::string upload;        ///< the signed upload (JSON) as it came, or ""
  /// The TLS key (raw digest) that may read this version whatever its placeholders stand for, or
  /// "": then only the policy can tell. Sessions are mostly read by who uploaded them, and so need
  /// not be parsed for it.
  std::string sure_reader;
};

/// Secret name -> what the CAS made for it, in the secrets' own encoding.
using SecretValues = std::map<std::string, crypto::Secret>;

/// A version to be stored, and what the decision to store it was based on.
struct NewSession {
  StoredSession session;  ///< `sequence` is set by the store
  SecretValues values;
  /// Subjects of the session whose states end with the version before (SL-228).
  std::vector<std::string> ended_states;
  /// Stored together with it: the root session when the first other session seals it (SL-045).
  std::optional<StoredSession> sealed_root;
  /// Session name -> hash that must (still) be its active one; nothing: it must not exist.
  std::map<std::string, std::optional<std::string>> based_on;
};

struct SessionPage {
  std::vector<std::string> names;
  bool more = false;
};

/// SQLite under one data directory: `cas.db`, `cas.key-store`, `cas.counter`, `cas.lock` (CC-002,
/// CC-015, CC-030).
/// Reads use connections of their own and never wait for the writer. Safe to use from several
/// threads. What a writing method returned from survives a crash.
class Store {
 public:
  /// Opens the directory (made with mode 0700 if missing) and verifies every row. Refuses, with
  /// Error{unavailable} or {failed}: a second instance, a database without its key file or the
  /// reverse (CC-014), a damaged or changed database.
  explicit Store(const std::filesystem::path& directory);
  ~Store();

  [[nodiscard]] std::optional<StoredSession> active(const std::string& name) const;
  [[nodiscard]] std::optional<StoredSession> version(const std::string& name,
                                                     const std::string& hash) const;
  /// Oldest first, without their texts.
  [[nodiscard]] std::vector<StoredSession> history(const std::string& name) const;
  /// The direct children of a namespace after `after`, sorted bytewise.
  [[nodiscard]] SessionPage children(const std::string& parent, const std::string& after,
                                     std::size_t limit) const;
  /// True if there is a session other than the root.
  [[nodiscard]] bool any_besides_root() const;

  [[nodiscard]] std::optional<crypto::Secret> value(const std::string& session,
                                                    const std::string& hash,
                                                    const std::string& secret) const;
  [[nodiscard]] SecretValues values(const std::string& session, const std::string& hash) const;
  [[nodiscard]] std::optional<crypto::Secret> fact(const std::string& name) const;
  /// What change_state() stored last; nothing if there is none or it has ended.
  [[nodiscard]] std::optional<crypto::Secret> state(const std::string& session,
                                                    const std::string& subject) const;

  /// Moves everything from the write-ahead log into the database file: a lost log loses none of it.
  void checkpoint();

  /// Stores the version if all that it is based on still holds, else changes nothing and returns
  /// false: decide again (RA-039).
  [[nodiscard]] bool add(const SessionWritePermission& permission, const NewSession& session);
  /// Replaces a value of a version, for certificates that were renewed (SL-146).
  void replace_value(const RenewalPermission& permission, const std::string& session,
                     const std::string& hash, const std::string& secret, std::string_view value);
  /// Reads, decides and writes a state of a session in one transaction: `change` gets the stored
  /// state and returns the new one, or nothing to leave it.
  using Change =
      std::function<std::optional<crypto::Secret>(std::optional<std::string_view> stored)>;
  void change_state(const StatePermission& permission, const std::string& session,
                    const std::string& subject, const Change& change);
  /// Keeps a fact for ever, once.
  void keep_fact(const FirstStartPermission& permission, const std::string& name,
                 std::string_view value);

  /// The database takes writes (RA-065): the disk has room, and the last write succeeded or an
  /// empty one does now. Cheap while all is well, because everybody may ask.
  [[nodiscard]] bool writable();
  /// Then writable() does not have to try.
  [[nodiscard]] bool last_write_succeeded() const;

 private:
  class Reader;

  void open_files(const std::filesystem::path& directory);
  void verify(Connection& connection);
  [[nodiscard]] Reader reader() const;
  [[nodiscard]] StoredSession read_row(Statement& row, bool with_text) const;
  void insert_session(Connection& connection, StoredSession session) const;
  void end_state(Connection& connection, const std::string& session,
                 const std::string& subject) const;
  [[nodiscard]] std::optional<crypto::Secret> read_state(Connection& connection,
                                                         const std::string& session,
                                                         const std::string& subject) const;

  std::string path_;
  std::unique_ptr<host::FileLock> lock_;
  std::unique_ptr<RowSeal> seal_;
  std::unique_ptr<IntegrityCounters> counters_;
  std::unique_ptr<Writer> writer_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace sconectl::casd
