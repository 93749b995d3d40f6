#include "casd/backup/backup_archive.hpp"

#include <optional>

#include "sconectl/crypto/age.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr const char* facts_part = "backup.json";
constexpr const char* key_part = "cas.key-store";
constexpr const char* database_part = "cas.db";
constexpr unsigned part_mode = 0600;
/// Of all but the database.
constexpr std::size_t largest_part = std::size_t{64} << 10U;

Error no_backup(const std::string& why) {
  return {ErrorKind::invalid, "this is no backup of a CAS: " + why};
}

void add(oci::TarWriter& tar, const std::string& name, std::string_view bytes) {
  tar.add({.kind = oci::TarKind::file, .path = name, .mode = part_mode, .size = bytes.size()},
          [&](const host::Sink& take) { take(bytes); });
}

/// The parts as they come out of the archive; the database goes on to `database`.
class Unpacking {
 public:
  explicit Unpacking(host::Sink database) : database_(std::move(database)) {}

  host::Sink on_entry(const oci::TarEntry& entry) {
    if (entry.kind == oci::TarKind::file && entry.path == database_part && !has_database_) {
      has_database_ = true;
      return database_;
    }
    auto* const part = entry.path == facts_part ? &facts_
                       : entry.path == key_part ? &key_
                                                : nullptr;
    if (entry.kind != oci::TarKind::file || part == nullptr || *part || entry.size > largest_part)
      throw no_backup("there is something else in it");
    part->emplace();
    return [part](std::string_view bytes) { (*part)->append(bytes); };
  }
  [[nodiscard]] BackupParts parts() {
    if (!has_database_ || !key_ || !facts_) throw no_backup("a part of it is missing");
    return {cas::decode_backup_facts(facts_->view()), std::move(*key_), {}};
  }

 private:
  host::Sink database_;
  bool has_database_ = false;
  std::optional<crypto::Secret> facts_, key_;
};

}  // namespace

void write_backup(host::Files& files, const BackupParts& parts,
                  const std::vector<std::string>& recipients, const std::filesystem::path& to,
                  const std::function<void()>& between) {
  const auto write = [&](const host::Sink& take) {
    crypto::AgeWriter age(recipients, take);
    oci::TarWriter tar(
        [&](std::string_view part) {
          between();
          age.write(part);
        },
        0);
    add(tar, facts_part, cas::encode(parts.facts));
    add(tar, key_part, parts.key_file.view());
    const auto size = files.status(parts.database).value().size;
    tar.add({.kind = oci::TarKind::file, .path = database_part, .mode = part_mode, .size = size},
            [&](const host::Sink& content) { files.read_in_parts(parts.database, content); });
    tar.finish();
    age.finish();
  };
  files.write_in_parts(to, part_mode, host::Durability::flushed, write);
}

BackupParts unpack_backup(host::Files& files, const std::filesystem::path& backup,
                          const crypto::AgeIdentities& identities,
                          const std::filesystem::path& into) {
  std::optional<BackupParts> parts;
  const auto unpack = [&](const host::Sink& take) {
    Unpacking unpacking(take);
    oci::TarReader tar([&](const oci::TarEntry& entry) { return unpacking.on_entry(entry); });
    crypto::AgeReader age(identities, [&](std::string_view part) { tar.take(part); });
    files.read_in_parts(backup, [&](std::string_view part) { age.take(part); });
    age.finish();
    tar.finish();
    parts = unpacking.parts();
  };
  const auto database = into / database_part;
  files.write_in_parts(database, part_mode, host::Durability::flushed, unpack);
  parts->database = database;
  return std::move(*parts);
}

}  // namespace sconectl::casd
