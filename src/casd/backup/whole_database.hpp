// A database in a directory, looked at as a whole.
#pragma once

#include <filesystem>
#include <string>

#include "casd/store/database.hpp"
#include "sconectl/cas/backup_facts.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

inline constexpr const char* database_file_name = "cas.db";
inline constexpr unsigned backup_mode = 0600;

/// What a CAS would find that started in this directory, with this database or that in `cas.db`.
/// Every row is verified. Throws Error{failed} if it could not start.
[[nodiscard]] cas::BackupFacts facts_of(const std::filesystem::path& directory, std::string created,
                                        const KeyIdentities& identities = {},
                                        const std::shared_ptr<const Database>& database = {});

/// The key file of a directory, without a seal that it may have, in another directory.
void copy_key(host::Files& files, const std::filesystem::path& from,
              const std::filesystem::path& to, const KeyIdentities& identities);

/// All that is in a shared database at one moment, as a new `cas.db`.
void copy_to_file(const Database& from, const std::filesystem::path& to);

}  // namespace sconectl::casd
