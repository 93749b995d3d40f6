// Opening and closing the store.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "casd/store/migrations.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/file_access.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr unsigned directory_mode = 0700;
/// The texts of active versions that are kept to be read again.
constexpr std::size_t most_bytes_in_memory = std::size_t{10} << 20U;

std::int64_t sum(const RowCounts& counts) {
  std::int64_t rows = 0;
  for (const auto& [table, count] : counts) rows += count;
  return rows;
}

/// Names of what the CAS alone reads and writes.
constexpr std::array own_files{"cas.db",    "cas.db-wal",  "cas.db-shm", "cas.key-store",
                               "cas.index", "cas.counter", "cas.lock"};

/// Kubernetes gives the files of a volume to a group (`fsGroup`) when it mounts it; no program but
/// the CAS has to read them.
OpenToGroup close_to_group(const std::filesystem::path& directory) {
  OpenToGroup found;
  for (const auto* name : own_files) {
    const auto path = directory / name;
    if (!host::system_files()->exists(path)) continue;
    if (host::file_access(path) != host::FileAccess::own_group) continue;
    found.names.emplace_back(name);
    found.closed = host::close_to_all_but_owner(path) && found.closed;
  }
  return found;
}

}  // namespace

Store::Store(const std::filesystem::path& directory, StoreOptions options)
    : options_(std::move(options)), directory_(directory), active_(most_bytes_in_memory) {
  host::system_files()->make_directories(directory, directory_mode);
  lock_ = lock();
  open_to_group_ = close_to_group(directory);
  // Of files that a killed CAS was writing.
  for (const auto& name : host::system_files()->list(directory))
    if (name.starts_with(host::new_file_prefix))
      host::system_files()->remove_tree(directory / name);
  if (options_.database)
    open_shared();
  else
    open_files();
}

/// A predecessor that was told to end may still answer its last requests.
std::unique_ptr<host::FileLock> Store::lock() const {
  constexpr std::chrono::milliseconds between_looks{20};
  const auto files = host::system_files();
  const auto path = directory_ / "cas.lock";
  auto held = files->try_lock(path);
  if (held) return held;
  const auto wait = options_.lock_timeout;
  if (wait.count() > 0 && options_.on_wait) options_.on_wait();
  const auto clock = host::system_clock();
  for (const auto end = clock->steady() + wait; clock->steady() < end;) {
    clock->sleep(between_looks);
    held = files->try_lock(path);
    if (held) return held;
  }
  std::vector<std::string> causes;
  if (wait.count() > 0)
    causes.push_back(fmt::format("it did not end within {} s",
                                 std::chrono::duration_cast<std::chrono::seconds>(wait).count()));
  throw Error(ErrorKind::unavailable,
              "another CAS already uses " + directory_.string() + "; there can be only one",
              std::move(causes));
}

Store::~Store() {
  if (others_) others_->stop();
  const bool verified = verification_->ended_well();
  verification_.reset();
  // The next start has little to look at then.
  if (verified && !others_ && not_indexed_ >= versions_between_indexes() / 4) write_index();
  // The connection that is closed last empties the write-ahead log, if it may write.
  readers_.reset();
  writer_.reset();
}

/// A first start that was cut short leaves a marker; nothing was acknowledged then, so it is begun
/// again. Without the marker, one file alone is a loss that must not be papered over (CC-014).
void Store::open_files() {
  const auto files = host::system_files();
  const auto database = directory_ / "cas.db";
  const auto marker = directory_ / unfinished_start;
  KeyFile key(directory_ / key_file_name, std::exchange(options_.key_identities, nullptr));
  database_ = std::make_shared<SqliteDatabase>(database);
  if (files->exists(directory_ / unfinished_restore))
    throw Error(ErrorKind::unavailable,
                "a restore of a backup into " + directory_.string() +
                    " was cut short; run 'sconectl cas backup restore' again");
  if (files->exists(directory_ / unfinished_move))
    throw Error(ErrorKind::unavailable,
                "a move of a database into " + directory_.string() +
                    " was cut short; run 'sconectl cas migrate --from' again");
  if (files->exists(marker)) {
    for (const auto* name :
         {"cas.db", "cas.db-wal", "cas.db-shm", "cas.key-store", "cas.counter", "cas.index"})
      files->remove_tree(directory_ / name);
  }
  const bool fresh = !files->exists(database) && !key.exists();
  if (!fresh && !key.exists())
    throw Error(ErrorKind::unavailable,
                "the key file " + (directory_ / "cas.key-store").string() +
                    " of the CAS database is missing; put it back from your copy (a new key could "
                    "not open the database)");
  if (!fresh && !files->exists(database))
    throw Error(ErrorKind::unavailable, "the CAS database " + database.string() +
                                            " is missing and its key file is there; put it back "
                                            "from your copy, or remove the key file to start anew");
  if (fresh) {
    files->write(marker, "", 0600);
    files->write(database, "", 0600);
  }
  auto keys = fresh ? DatabaseKeys{key.create(), {}} : key.open();
  seal_ = std::make_unique<RowSeal>(std::move(keys.key));
  const bool was_cut_short =
      !keys.next.empty() && is_key_of(*database_->connect(Database::Mode::write), keys.next);
  // The counter may be sealed with the one before still.
  if (was_cut_short) seal_->change_key(crypto::Secret(keys.next.view()));
  open_database(fresh);
  load_namespaces(*readers_->borrow());
  begin_verification();
  open_writer();
  if (!keys.next.empty()) {
    took_next_key_ = !was_cut_short;
    if (took_next_key_) change_key(keys.next, {});
    if (!key.sealed()) forget_old_key(key, keys.next);
  }
  // A database of an earlier schema gets the set of its rows now.
  if (!sealed_.row_set && verification_->ended_well()) write([](Connection&, RowChanges&) {});
  if (fresh || files->exists(marker)) files->remove_tree(marker);
}

/// The key comes from the operator, the same for all; so who finds an empty database and remembers
/// nothing of another one is the first.
void Store::open_shared() {
  database_ = std::move(options_.database);
  const KeyFile key(directory_ / key_file_name, std::exchange(options_.key_identities, nullptr));
  if (!key.exists())
    throw Error(ErrorKind::unavailable,
                "the key file " + (directory_ / key_file_name).string() +
                    " is missing: a database that several share has one key, which each of them "
                    "has to be given ('openssl rand -hex 32' makes one)");
  auto keys = key.open();
  starting_ = database_->connect(Database::Mode::write);
  starting_->lock_start();
  const auto schema = database_->schema(*starting_);
  if (schema < 0)
    throw Error(ErrorKind::failed,
                "this CAS was moved out of that database (cas migrate --from): what is in it is of "
                "before");
  const bool fresh = schema == 0;
  if (fresh && host::system_files()->exists(directory_ / "cas.counter"))
    throw Error(ErrorKind::failed,
                "the CAS database is empty, but " + (directory_ / "cas.counter").string() +
                    " remembers one: it is another database, or was lost (nothing was changed)",
                {"to begin anew with this key, remove that file"});
  seal_ = std::make_unique<RowSeal>(crypto::Secret(keys.key.view()));
  learn_further_keys(key, keys);
  // A process that never used the database remembers nothing of it.
  options_.accept_missing_counter = true;
  host::system_files()->write(directory_ / shared_marker, "", 0600);
  open_database(fresh);
  others_ = std::make_unique<OtherWriters>(
      OtherWriters::Parts{*database_, *seal_, *readers_, *counters_, active_, row_versions_,
                          [this] { return verify_snapshot(); },
                          [this](const Error& fault) {
                            damage_met_ = true;
                            if (options_.on_fault) options_.on_fault(fault);
                          },
                          [this] {
                            const auto left = forget_replaced_key();
                            if (options_.on_new_key) options_.on_new_key(left);
                          }});
  // That may take long, and others that start need not wait for it.
  starting_ = nullptr;
  load_namespaces(*readers_->borrow());
  begin_verification();
  open_writer();
  others_->start();
  if (const auto left = forget_replaced_key(); !left.empty() && options_.on_new_key)
    options_.on_new_key(left);
  if (!options_.until_started) return;
  starting_ = database_->connect(Database::Mode::write);
  starting_->lock_start();
}

void Store::open_writer() {
  Writer::Steps steps;
  if (others_) {
    steps.at_begin = [this](Connection& connection) {
      rows_ = others_->begin(connection);
      if (others_->facts() != namespaces_seen_) see_namespaces_of_others(connection);
    };
    steps.was_stored = [this](Connection& connection) { return others_->was_stored(connection); };
  }
  steps.before_commit = [this](Connection& connection) {
    tell_journal(connection);
    auto rows = rows_;
    rows.flip(pending_.set);
    counters_->seal(connection, rows);
    if (others_) others_->record(connection, pending_);
  };
  steps.after = [this](bool stored) { return written(stored); };
  steps.on_commit = options_.on_commit;
  writer_ = std::make_unique<Writer>(*database_, std::move(steps));
}

/// What takes no longer for many rows.
void Store::open_database(bool fresh) {
  const auto opened = database_->connect(Database::Mode::write);
  Connection& connection = *opened;
  const bool shared = database_->shared();
  if (shared)
    connection.begin_writing();
  else
    keep_before_migration(connection);
  database_->migrate(connection);
  readers_ = std::make_unique<ReadConnections>(*database_, options_.on_read);
  counters_ = std::make_unique<IntegrityCounters>(*seal_, directory_ / "cas.counter");
  if (fresh) counters_->begin(connection);
  if (shared) {
    connection.execute("COMMIT");
    connection.begin_reading();  // others write meanwhile
  }
  if (shared) take_key_of(connection);
  using MissingFile = IntegrityCounters::MissingFile;
  sealed_ =
      counters_->check(connection, fresh || options_.accept_missing_counter ? MissingFile::accepted
                                                                            : MissingFile::refused);
  counter_was_missing_ = !fresh && !shared && counters_->file_was_missing();
  if (verify_facts(connection) != sealed_.rows["facts"]) throw entries_missing();
  versions_ = sealed_.rows["session_versions"];
}

/// A migration is one way; the way back is this copy, for the program that wrote it. The key stays
/// where it is, so that not both lie together twice. An interrupted copy is begun again, and one of
/// an earlier upgrade, whose way back was taken, is replaced.
void Store::keep_before_migration(Connection& connection) {
  const auto schema = database_->schema(connection);
  if (schema <= 0 || schema >= static_cast<std::int64_t>(migrations().size())) return;
  const auto files = host::system_files();
  const auto kept = directory_ / fmt::format("before-schema-{}", migrations().size());
  const host::TemporaryDirectory fresh(*files, host::new_file_prefix, directory_);
  if (!database_->empty_log())
    throw Error(
        ErrorKind::unavailable,
        "another program reads the database, which has to be copied before it is brought up "
        "to date; try again");
  const auto copy = fresh.path() / "copy";
  files->make_directories(copy, directory_mode);
  for (const auto* name : {"cas.db", "cas.counter"}) {
    const auto from = directory_ / name;
    if (!files->exists(from)) continue;
    files->write_in_parts(copy / name, 0600, host::Durability::flushed,
                          [&](const host::Sink& take) { files->read_in_parts(from, take); });
  }
  files->remove_tree(kept);
  files->move_file(copy, kept);
  // The migration must not reach the disk before the new name does.
  host::flush_directory(directory_);
  kept_ = kept;
}

void Store::begin_verification() {
  verification_ = std::make_unique<Verification>(
      [this](const std::atomic<bool>& stop) {
        if (index_ && options_.before_verification) options_.before_verification();
        if (others_) {
          sealed_ = verify_snapshot();
          counters_->set_commits(sealed_.commits.value_or(0));
        } else {
          const auto connection = database_->connect(Database::Mode::read_only);
          connection->stop_when(stop);
          rows_ = verify(*connection, sealed_);
        }
        counters_->open_file();
        const std::lock_guard lock(index_mutex_);
        index_ = nullptr;
      },
      options_.on_fault);
  const bool large = !others_ && sum(sealed_.rows) > options_.rows_verified_first;
  if (large) index_ = usable_index();
  if (index_) return verification_->start();
  verification_->run();
  if (large) write_index();
}

/// With the rows that are newer than it; a null pointer if there is the least doubt about it.
std::shared_ptr<const ActiveIndex> Store::usable_index() {
  auto index = ActiveIndex::read(directory_ / "cas.index", *seal_);
  if (!index || index->moment().commits > sealed_.commits.value_or(0)) return nullptr;
  try {
    const auto connection = readers_->borrow();
    {
      Statement last = connection->prepare("SELECT sealed FROM session_versions WHERE id = ?");
      last.bind(index->moment().last_row);
      if (!last.step() || seal_end(last.text(0)) != index->moment().last_seal) return nullptr;
    }
    Statement row = connection->prepare(std::string(version_columns) + "WHERE id > ? ORDER BY id");
    row.bind(index->moment().last_row);
    for (; row.step(); ++not_indexed_) {
      const auto version = read_row(row, false);
      const auto before = index->find(version.name);
      if (version.sequence != (before ? before->sequence + 1 : 1)) return nullptr;
      index->put(version.name, {row.number(8), version.sequence});
    }
  } catch (const Error&) {  // found again, and told, by the verification of all
    return nullptr;
  }
  if (index->moment().rows + not_indexed_ != versions_) return nullptr;
  return std::make_shared<const ActiveIndex>(std::move(*index));
}

std::int64_t Store::versions_between_indexes() const {
  return std::max(options_.rows_verified_first, versions_ / 16);
}

/// Without it the next start takes longer, so a full disk does not matter; but a damage does.
void Store::write_index() noexcept {
  not_indexed_ = 0;
  try {
    const auto connection = readers_->borrow();
    ActiveIndex::write(directory_ / "cas.index", *seal_, *counters_, *connection);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::failed) return;
    damage_met_ = true;
    if (options_.on_fault) options_.on_fault(error);
  } catch (const std::exception&) {
  }
}

/// For whoever has added the version that makes it due; the others do not wait.
void Store::write_index_if_due() {
  if (others_ || not_indexed_ < versions_between_indexes()) return;
  const std::unique_lock lock(index_file_mutex_, std::try_to_lock);
  if (lock && not_indexed_ >= versions_between_indexes()) write_index();
}

void Store::checkpoint() {
  (void)database_->empty_log();
}

}  // namespace sconectl::casd
