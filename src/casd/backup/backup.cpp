#include "sconectl/casd/backup.hpp"

#include <array>

#include "casd/backup/backup_archive.hpp"
#include "casd/backup/whole_database.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/key_store.hpp"
#include "casd/store/postgres.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr unsigned backup_directory_mode = 0700;
/// In the order in which they are put into place: with the key, it is a CAS.
constexpr std::array restored_files{"cas.counter", database_file_name, key_file_name};

/// Into a directory that a CAS could start with then.
BackupFacts unpacked(host::Files& files, const std::filesystem::path& backup,
                     const crypto::AgeIdentities& identities,
                     const std::filesystem::path& directory) {
  const auto parts = unpack_backup(files, backup, identities, directory);
  files.write(directory / key_file_name, parts.key_file.view(), backup_mode,
              host::Durability::flushed);
  auto found = facts_of(directory, {parts.facts.created, {}, {}});
  if (found != parts.facts) throw damaged("it is not what the backup says of it");
  return found;
}

/// All or nothing; durable on return. What is cut short in between is begun again by the next
/// restore.
void put_in_place(host::Files& files, const std::filesystem::path& staged,
                  const std::filesystem::path& data) {
  const auto marker = data / unfinished_restore;
  std::vector<std::filesystem::path> moved{marker};
  try {
    files.write(marker, "", backup_mode, host::Durability::flushed);
    // A first start that was cut short would take what is restored for its own.
    files.remove_tree(data / unfinished_start);
    host::flush_directory(data);
    for (const auto* name : restored_files) {
      files.move_file(staged / name, data / name);
      moved.push_back(data / name);
    }
    host::flush_directory(data);
    files.remove_tree(marker);
    host::flush_directory(data);
  } catch (...) {
    // The marker goes last.
    for (auto path = moved.rbegin(); path != moved.rend(); ++path) files.remove_tree(*path);
    throw;
  }
}

/// Nothing of it was ever used: no CAS starts beside the marker.
void remove_cut_short(host::Files& files, const std::filesystem::path& data) {
  if (!files.exists(data / unfinished_restore)) return;
  for (const auto* name : restored_files) files.remove_tree(data / name);
}

void refuse_if_used(host::Files& files, const std::filesystem::path& data) {
  for (const auto* name : {"cas.db", "cas.db-wal", "cas.key-store", "cas.counter"})
    if (files.exists(data / name))
      throw Error(ErrorKind::conflict, (data / name).string() +
                                           " is there: a backup is restored into a directory that "
                                           "holds no CAS; nothing was changed");
}

}  // namespace

BackupFacts create_backup(const std::filesystem::path& data,
                          const std::vector<std::string>& recipients,
                          const std::filesystem::path& to, const BackupSource& source,
                          const std::function<void()>& between) {
  const auto go_on = [&] {
    if (between) between();
  };
  const auto files = host::system_files();
  const bool embedded = source.database_url.empty();
  for (const auto* name : {embedded ? database_file_name : key_file_name, key_file_name})
    if (!files->exists(data / name))
      throw Error(ErrorKind::unavailable,
                  "no CAS keeps its data in " + data.string() + ": there is no " + name);
  if (files->exists(to))
    throw Error(ErrorKind::conflict, to.string() + " is there already; nothing was changed");
  // The key is in it: not where the backup goes. The next start of the CAS removes what a killed
  // run leaves here.
  const host::TemporaryDirectory work(*files, host::new_file_prefix, data);
  BackupParts parts;
  parts.database = work.path() / database_file_name;
  const auto copy = [&] {
    files->remove_tree(parts.database);
    files->write(parts.database, "", backup_mode);
    // A key that is sealed lies nowhere without its seal.
    copy_key(*files, data, work.path());
    if (embedded)
      SqliteConnection((data / database_file_name).string(), SqliteConnection::Mode::read_only)
          .copy_to(parts.database.string());
    else
      copy_to_file(*postgres_database(source.database_url), parts.database);
    go_on();
  };
  copy();
  // Another key meanwhile, which the rows may have already: it does not come twice.
  if (!is_copy_of_key(*files, data, work.path())) copy();
  parts.key_file = KeyFile::text_of(KeyFile(work.path() / key_file_name, source.identities).open());
  parts.facts = facts_of(
      work.path(),
      {text::rfc3339(std::chrono::floor<std::chrono::seconds>(host::system_clock()->now())),
       source.identities,
       {}});
  go_on();
  write_backup(*files, parts, recipients, to, go_on);
  return parts.facts;
}

BackupFacts verify_backup(const std::filesystem::path& backup,
                          const crypto::AgeIdentities& identities) {
  const auto files = host::system_files();
  const host::TemporaryDirectory work(*files, "sconectl-backup-");
  return unpacked(*files, backup, identities, work.path());
}

BackupFacts restore_backup(const std::filesystem::path& backup,
                           const crypto::AgeIdentities& identities,
                           const std::filesystem::path& data) {
  const auto files = host::system_files();
  files->make_directories(data, backup_directory_mode);
  const auto lock = files->try_lock(data / "cas.lock");
  if (!lock)
    throw Error(ErrorKind::unavailable, "a CAS uses " + data.string() + "; nothing was changed");
  remove_cut_short(*files, data);
  refuse_if_used(*files, data);
  const host::TemporaryDirectory staged(*files, host::new_file_prefix, data);
  auto facts = unpacked(*files, backup, identities, staged.path());
  if (files->exists(staged.path() / "cas.db-wal")) throw damaged("its log was not emptied");
  put_in_place(*files, staged.path(), data);
  return facts;
}

}  // namespace sconectl::casd
