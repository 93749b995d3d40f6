// All that the CAS remembers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/active_index.hpp"
#include "casd/store/active_versions.hpp"
#include "casd/store/database.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/journal.hpp"
#include "casd/store/key_store.hpp"
#include "casd/store/other_writers.hpp"
#include "casd/store/read_connections.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/row_set.hpp"
#include "casd/store/sealed_namespaces.hpp"
#include "casd/store/stored_session.hpp"
#include "casd/store/verification.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

class Writer;

struct StoreOptions {
  /// Where the rows are, if not in `cas.db`: others may write there too.
  std::shared_ptr<const Database> database = {};
  /// Nobody else gets through the opening of the same database before started().
  bool until_started = false;
  /// Told, by the thread that finds it, of a damage of the whole that is found after the store was
  /// opened.
  Verification::OnFault on_fault = {};
  /// Told when another CAS has changed the key of a shared database, and this one has followed.
  /// `left`: why the key file still has the old key, too; or "".
  std::function<void(const std::string& left)> on_new_key = {};
  /// A store with more rows may be opened before all of them are verified.
  std::int64_t rows_verified_first = 2'000;
  /// Called before such a verification begins, by the thread that does it.
  std::function<void()> before_verification = {};
  /// Open a database although `cas.counter`, which tells whether it is the newest one, is not
  /// there.
  bool accept_missing_counter = false;
  KeyIdentities key_identities = {};  ///< for a key file that is sealed
  /// How long to wait for the end of another CAS that uses the directory.
  std::chrono::milliseconds lock_timeout{0};
  /// Called once if there is one, before the wait.
  std::function<void()> on_wait = {};
  /// Told, by the thread that reads, how long a read took.
  ReadConnections::OnRead on_read = {};
  /// Told, by the thread that writes, how long it waited until that was durable, or had failed.
  std::function<void(std::chrono::nanoseconds took, bool stored)> on_write = {};
  /// Told, by the writer's thread, how long a transaction took and whether it is on the disk.
  std::function<void(std::chrono::nanoseconds took, bool stored)> on_commit = {};
};

/// Files of a store to which a group of this process had access when it was opened.
struct OpenToGroup {
  std::vector<std::string> names;
  bool closed = true;  ///< it has not any more; false: it was not possible to change that
};

/// There while a backup is put into the place of a database: no CAS starts then.
inline constexpr const char* unfinished_restore = "cas.restore-unfinished";
/// There while a database is moved out of a shared one: no CAS starts with `cas.db` then.
inline constexpr const char* unfinished_move = "cas.move-unfinished";
/// There while a database is made: the next start begins anew.
inline constexpr const char* unfinished_start = "cas.first-start";

/// SQLite under one data directory: `cas.db`, `cas.key-store`, `cas.counter`, `cas.index`,
/// `cas.lock` (CC-002, CC-015, CC-030). Or a database that several processes share, each with a
/// directory of its own for the same `cas.key-store` and its own `cas.counter`; then every reading
/// method asks the database first what others have written (OtherWriters), and can throw
/// Error{unavailable} at any time.
/// Reads use connections of their own and never wait for the writer. Safe to use from several
/// threads. What a writing method returned from survives a crash.
///
/// Every row is verified after the opening: that it is what was written there last, and that none
/// is missing or was added. In a large store this goes on for a while after the constructor. Until
/// it has ended, nothing is written; active versions are looked up by `cas.index`, which can not be
/// changed unseen; values and old versions are read if they are there (newest_value() waits); every
/// other method waits.
/// When a damage is found, all methods throw Error{unavailable} from then on.
class Store {
 public:
  /// Opens the directory (made with mode 0700 if missing). Refuses, with Error{unavailable} or
  /// {failed}: a second instance (CC-015), a database without its key file or the reverse (CC-014),
  /// a database that is older than what was acknowledged or for which nobody can tell, a damaged or
  /// changed one as far as it is verified here.
  explicit Store(const std::filesystem::path& directory, StoreOptions options = {});
  ~Store();

  /// All that every process that uses the database must find is stored now.
  void started() { starting_ = nullptr; }
  /// How often somebody has written to the database, as far as that is known now.
  [[nodiscard]] std::int64_t commits() const {
    see_others();
    return counters_->commits();
  }
  /// What others have written before the call is seen from now on.
  void see_others() const;
  /// Others may write to the database.
  [[nodiscard]] bool has_others() const { return others_ != nullptr; }
  /// Another number: there may be facts of others that were not there before.
  [[nodiscard]] std::uint64_t facts_of_others() const { return others_ ? others_->facts() : 0; }

  /// A null pointer if there is no such session.
  [[nodiscard]] StoredSessionPtr active(const std::string& name) const;
  [[nodiscard]] std::optional<StoredSession> version(const std::string& name,
                                                     const std::string& hash) const;
  /// Newest first, without their texts.
  [[nodiscard]] std::vector<StoredSession> history(const std::string& name,
                                                   std::size_t most = 1000) const;
  /// The direct children of a namespace after `after`, sorted bytewise.
  [[nodiscard]] SessionPage children(const std::string& parent, const std::string& after,
                                     std::size_t limit) const;

  [[nodiscard]] std::optional<crypto::Secret> value(const std::string& session,
                                                    const std::string& hash,
                                                    const std::string& secret) const;
  /// As value(), for one that may have been replaced: it is certain that this is the newest one.
  [[nodiscard]] std::optional<crypto::Secret> newest_value(const std::string& session,
                                                           const std::string& hash,
                                                           const std::string& secret) const;
  [[nodiscard]] SecretValues values(const std::string& session, const std::string& hash) const;
  [[nodiscard]] std::optional<crypto::Secret> fact(const std::string& name) const;
  /// What change_state() stored last; nothing if there is none or it has ended.
  [[nodiscard]] std::optional<crypto::Secret> state(const std::string& session,
                                                    const std::string& subject) const;

  /// The rows are sealed with the next key that the key file has, and the one before is forgotten
  /// there. False: there is none, or the file is sealed and the next start takes it. What throws
  /// may have done the first of it; then the next call, or start, does the rest. Of a database that
  /// several share, others follow if they have that key; and this is the only way, whether the file
  /// is sealed or not: a start only gets to know the key.
  bool take_next_key(const Notes& notes);
  /// The same has happened at this start.
  [[nodiscard]] bool took_next_key() const { return took_next_key_; }
  /// What the key of before has sealed stands in the log of the database still: another program
  /// kept it from being emptied.
  [[nodiscard]] bool old_key_in_log() const { return old_key_in_log_; }

  // Sealed namespaces (SealedNamespaces): what of a session, its values and its states is on the
  // disk opens only with the owner's key, beside the database's. Every method that reads or writes
  // such throws NamespaceLocked while that key is not known; it is kept in memory alone.

  /// Seals the session and all below it, all versions of all of them, in one transaction; the key
  /// is known then. Sealed already, it gets this key instead. Nothing, and nothing has changed, if
  /// `hash` is not the active version any more. Error{conflict} if a namespace around it or in it
  /// is sealed, Error{refused} for the root.
  struct NamespaceSealed {
    bool written_anew;  ///< false: what was replaced may stand in free pages, log or dead rows
  };
  [[nodiscard]] std::optional<NamespaceSealed> seal_namespace(
      const SessionWritePermission& permission, const std::string& hash,
      const crypto::Secret& owners_key, const Notes& notes);
  /// The same back; false: there is another version. Error{not_found} if it is not sealed.
  [[nodiscard]] bool unseal_namespace(const SessionWritePermission& permission,
                                      const std::string& hash, const Notes& notes);
  /// The one that a session is or lies in.
  [[nodiscard]] std::optional<SealedNamespaces::Sealed> sealed_namespace(
      const std::string& session) const;
  /// The same of what is known already, without a look at what others have done.
  [[nodiscard]] bool known_as_locked(const std::string& session) const {
    const auto sealed = namespaces_.around(session);
    return sealed && sealed->locked;
  }
  [[nodiscard]] std::vector<SealedNamespaces::Sealed> sealed_namespaces() const;
  /// As SealedNamespaces::proven().
  [[nodiscard]] std::optional<ProvenNamespaceKey> proven_key(
      const std::string& name, const crypto::Secret& owners_key) const;
  void unlock_namespace(const ProvenNamespaceKey& key) { namespaces_.unlock(key); }
  /// Its key is not known any more. Error{not_found} if it is not sealed.
  void lock_namespace(const SessionWritePermission& permission);
  /// Told of a namespace that is locked from now on, by whichever thread finds it so: what is
  /// remembered of it has to be forgotten. Set before the store is used by several threads.
  void on_namespace_locked(std::function<void(const std::string& name)> told) {
    on_namespace_locked_ = std::move(told);
  }

  /// Moves everything from the write-ahead log into the database file: a lost log loses none of it.
  void checkpoint();

  /// Stores the version if all that it is based on still holds, else changes nothing and returns
  /// false: decide again (RA-039).
  [[nodiscard]] bool add(const SessionWritePermission& permission, const NewSession& session);
  /// Removes all versions of the session, with their values and states, and overwrites where they
  /// were in the database file. False, and nothing has changed, if `hash` is not its active version
  /// any more. Error{conflict} while there are sessions below it.
  [[nodiscard]] bool remove(const SessionWritePermission& permission, const std::string& hash,
                            const Notes& notes);
  /// Replaces a value of a version, for certificates that were renewed (SL-146).
  void replace_value(const RenewalPermission& permission, const std::string& session,
                     const std::string& hash, const std::string& secret, std::string_view value);
  /// Reads, decides and writes a state of a session in one transaction: `change` gets the stored
  /// state and returns the new one, or nothing to leave it.
  using Change =
      std::function<std::optional<crypto::Secret>(std::optional<std::string_view> stored)>;
  /// `notes` go to the journal with it.
  void change_state(const StatePermission& permission, const SessionVersion& session,
                    const std::string& subject, const Change& change, const Notes* notes = nullptr);
  struct StateChange {
    std::string subject;
    Change change;
  };
  /// Several in one transaction.
  void change_states(const StatePermission& permission, const SessionVersion& session,
                     const std::vector<StateChange>& changes, const Notes* notes = nullptr);
  /// Tells the journal; what it stores with it is durable on return.
  void note(const Notes& notes);
  /// Who is told of all that is written with notes; a null pointer: nobody. Not while somebody
  /// writes.
  void set_journal(Journal* journal) { journal_ = journal; }
  /// Keeps a fact for ever, once.
  void keep_fact(const StartPermission& permission, const std::string& name,
                 std::string_view value);
  /// The same, and `notes` go to the journal with it.
  void keep_fact(const OwnershipPermission& permission, const std::string& name,
                 std::string_view value, const Notes& notes);

  /// All rows have been verified: from now on no reading method waits. Throws when a damage is
  /// known.
  [[nodiscard]] bool verified() const { return verification_->passed(); }

  /// The same without the exception, and whether there is one to throw.
  [[nodiscard]] bool all_verified() const { return verification_->ended_well(); }
  [[nodiscard]] bool damage_known() const { return verification_->failed() || damage_met_; }

  /// Of the database, with a log that it may have.
  using Space = Database::Space;
  [[nodiscard]] Space space() const;

  /// There was no `cas.counter` when it was opened (StoreOptions::accept_missing_counter).
  [[nodiscard]] bool counter_was_missing() const { return counter_was_missing_; }

  /// Where the database of before an upgrade was kept at this start; empty if there was none.
  [[nodiscard]] const std::filesystem::path& kept_before_migration() const { return kept_; }

  [[nodiscard]] const OpenToGroup& open_to_group() const { return open_to_group_; }

  /// The database takes writes (RA-065): the disk has room, the last write succeeded or an empty
  /// one does now, and no damage is known. Cheap while all is well, because everybody may ask.
  [[nodiscard]] bool writable();
  /// Then writable() does not have to try.
  [[nodiscard]] bool last_write_succeeded() const;

 private:
  // store_open.cpp
  [[nodiscard]] std::unique_ptr<host::FileLock> lock() const;
  void open_files();
  void open_shared();
  void open_writer();
  void open_database(bool fresh);
  void keep_before_migration(Connection& connection);
  void begin_verification();
  [[nodiscard]] std::shared_ptr<const ActiveIndex> usable_index();
  [[nodiscard]] std::int64_t versions_between_indexes() const;
  void write_index() noexcept;
  void write_index_if_due();
  // store_verify.cpp
  RowSet verify(Connection& connection, const IntegrityCounters::Sealed& sealed);
  IntegrityCounters::Sealed verify_snapshot();
  [[nodiscard]] std::int64_t verify_facts(Connection& connection) const;
  // store_read.cpp
  [[nodiscard]] bool ready_to_read() const;
  void wait_to_read() const;
  [[nodiscard]] bool others_changed(std::int64_t commits_before) const;
  [[nodiscard]] std::int64_t commits_known() const { return others_ ? others_->commits() : 0; }
  [[nodiscard]] crypto::Secret open_seal(const std::string& sealed, const std::string& place) const;
  [[nodiscard]] crypto::Secret open_newest(const std::string& sealed, const std::string& place,
                                           std::int64_t version,
                                           const RowVersions::Known& known) const;
  [[nodiscard]] std::nullopt_t none_stored(const RowVersions::Known& known) const;
  [[nodiscard]] StoredSession read_row(Statement& row, bool with_text) const;
  void verify_row(const Statement& row, const StoredSession& version) const;
  [[nodiscard]] std::optional<StoredSession> newest(const std::string& name) const;
  [[nodiscard]] std::optional<StoredSession> indexed(const std::string& name) const;
  /// A row that may be replaced, as it is stored.
  struct StoredRow {
    std::string sealed;
    std::int64_t version = 0;
    crypto::Secret value;
  };
  [[nodiscard]] std::optional<StoredRow> read_newest(
      const std::string& session, const std::string& place,
      const std::function<std::optional<StoredRow>()>& read) const;
  [[nodiscard]] std::optional<StoredRow> read_state(Connection& connection,
                                                    const std::string& session,
                                                    const std::string& subject) const;
  [[nodiscard]] std::optional<StoredRow> read_value(Connection& connection,
                                                    const std::string& session,
                                                    const std::string& hash,
                                                    const std::string& secret) const;
  // store_write.cpp
  using Work = std::function<void(Connection&, RowChanges&)>;
  void write(const Work& work, const Notes* notes = nullptr);
  void tell_journal(Connection& connection);
  void insert_fact(const std::string& name, std::string_view value, const Notes* notes = nullptr);
  [[nodiscard]] bool written(bool stored) noexcept;
  void insert_session(Connection& connection, RowChanges& changes, StoredSession session);
  // store_rotate.cpp
  void change_key(const crypto::Secret& next, const Notes& notes);
  void forget_old_key(const KeyFile& file, const crypto::Secret& taken);
  void begin_key_change(crypto::Secret next);
  void take_back_key() noexcept;
  void learn_further_keys(const KeyFile& file, const DatabaseKeys& keys);
  void take_key_of(Connection& connection);
  [[nodiscard]] std::string forget_replaced_key();
  // store_namespaces.cpp
  void load_namespaces(Connection& connection) const;
  void see_namespaces_of_others(Connection& connection) const;
  void namespace_locked(const std::string& name) const;
  [[nodiscard]] std::string sealed_row(const std::string& session, std::string_view value,
                                       const std::string& at) const;
  bool replace_namespace_key(const SessionWritePermission& permission, const std::string& hash,
                             const NamespaceKeyPtr& key, const Notes& notes);
  void store_namespace_key(Connection& connection, RowChanges& changes, const std::string& name,
                           const NamespaceKeyPtr& key);
  // store_remove.cpp
  std::int64_t remove_versions(Connection& connection, RowChanges& changes,
                               const std::string& name) const;
  void remove_values(Connection& connection, RowChanges& changes, const std::string& name) const;
  void remove_states(Connection& connection, RowChanges& changes, const std::string& name) const;
  void count_version(Connection& connection, RowChanges& changes, const NewSession& session);
  void insert_state(Connection& connection, RowChanges& changes, const std::string& session,
                    const std::string& subject, std::string_view value) const;
  void replace_state(Connection& connection, RowChanges& changes, const std::string& session,
                     const std::string& subject, const StoredRow& before,
                     std::string_view value) const;
  [[nodiscard]] std::string sealed_next(RowChanges& changes, const std::string& session,
                                        const std::string& place, const StoredRow& before,
                                        std::string_view value) const;

  StoreOptions options_;
  std::filesystem::path directory_;
  std::shared_ptr<const Database> database_;
  std::unique_ptr<host::FileLock> lock_;
  std::unique_ptr<Connection> starting_;
  OpenToGroup open_to_group_;
  std::filesystem::path kept_;
  std::unique_ptr<RowSeal> seal_;
  std::unique_ptr<IntegrityCounters> counters_;
  IntegrityCounters::Sealed sealed_;  ///< when it was opened
  bool counter_was_missing_ = false;
  RowSet rows_;         ///< that are stored; from the verification on it is the writer's
  RowChanges pending_;  ///< of the writer's transaction
  Notes pending_notes_;
  bool key_changed_ = false;  ///< by the writer's transaction
  bool took_next_key_ = false;
  std::atomic<bool> old_key_in_log_ = false;
  crypto::Secret next_of_sealed_;  ///< in a key file that is sealed, of a shared database
  std::atomic<Journal*> journal_ = nullptr;
  RowVersions row_versions_;
  std::unique_ptr<ReadConnections> readers_;
  mutable ActiveVersions active_;
  mutable SealedNamespaces namespaces_;
  mutable std::atomic<std::uint64_t> namespaces_seen_ = 0;  ///< facts_of_others() of the last load
  std::function<void(const std::string& name)> on_namespace_locked_;
  std::unique_ptr<OtherWriters> others_;  ///< a null pointer: there are none
  mutable std::mutex index_mutex_;
  std::shared_ptr<const ActiveIndex> index_;  ///< while not all is verified
  std::mutex index_file_mutex_;
  std::atomic<std::int64_t> versions_ = 0;
  std::atomic<std::int64_t> not_indexed_ = 0;     ///< of these, what cas.index does not know
  mutable std::atomic<bool> damage_met_ = false;  ///< in a row that was to be read
  std::unique_ptr<Verification> verification_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sconectl::casd
