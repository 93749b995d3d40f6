// A backup as bytes: a tar in the format of age.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sconectl/casd/backup.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

/// What it is made of.
struct BackupParts {
  BackupFacts facts;
  crypto::Secret key_file;         ///< the bytes of cas.key-store
  std::filesystem::path database;  ///< a copy that nobody writes to
};

void write_backup(
    host::Files& files, const BackupParts& parts, const std::vector<std::string>& recipients,
    const std::filesystem::path& to, const std::function<void()>& between = [] {});

/// Writes `cas.db` into the directory and returns the rest.
[[nodiscard]] BackupParts unpack_backup(host::Files& files, const std::filesystem::path& backup,
                                        const crypto::AgeIdentities& identities,
                                        const std::filesystem::path& into);

}  // namespace sconectl::casd
