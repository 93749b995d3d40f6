#include "casd/backup/whole_database.hpp"

#include <limits>

#include "casd/identity/identity.hpp"
#include "casd/store/copy_rows.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/key_store.hpp"
#include "casd/store/migrations.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::casd {

namespace {

/// As the start of a CAS does, with all rows before it returns.
std::string verified_key_hash(const std::filesystem::path& directory,
                              const KeyIdentities& identities,
                              const std::shared_ptr<const Database>& database) {
  StoreOptions options;
  options.database = database;
  options.key_identities = identities;
  options.accept_missing_counter = true;
  options.rows_verified_first = std::numeric_limits<std::int64_t>::max();
  const Store store(directory, options);
  if (!store.verified()) throw damaged("not all of it is there");
  return stored_key_hash(store);
}

}  // namespace

cas::BackupFacts facts_of(const std::filesystem::path& directory, const WholeDatabase& whole) {
  cas::BackupFacts facts;
  facts.created = whole.created;
  facts.cas_key_hash = verified_key_hash(directory, whole.identities, whole.database);
  // A connection to a file that only reads would leave an empty log behind.
  const auto connection =
      whole.database
          ? whole.database->connect(Database::Mode::read_only)
          : SqliteDatabase(directory / database_file_name).connect(Database::Mode::write);
  const RowSeal seal(
      without_old_key(*connection, KeyFile(directory / key_file_name, whole.identities).open())
          .key);
  const auto sealed = IntegrityCounters(seal, "").sealed(*connection);
  facts.commits = sealed.commits.value_or(0);
  facts.versions = sealed.rows.at("session_versions");
  return facts;
}

void copy_key(host::Files& files, const std::filesystem::path& from,
              const std::filesystem::path& to) {
  files.write(to / key_file_name, crypto::Secret::adopt(files.read(from / key_file_name)).view(),
              backup_mode, host::Durability::flushed);
}

bool is_copy_of_key(host::Files& files, const std::filesystem::path& from,
                    const std::filesystem::path& to) {
  const auto now = crypto::Secret::adopt(files.read(from / key_file_name));
  const auto copied = crypto::Secret::adopt(files.read(to / key_file_name));
  return crypto::constant_time_equal(now.view(), copied.view());
}

void copy_to_file(const Database& from, const std::filesystem::path& to) {
  SqliteConnection copy(to.string(), SqliteConnection::Mode::read_write);
  migrate(copy);
  const auto source = from.connect(Database::Mode::read_only);
  source->begin_reading();
  copy.begin_writing();
  copy_rows(*source, copy);
  copy.execute("COMMIT");
  source->execute("COMMIT");
}

}  // namespace sconectl::casd
