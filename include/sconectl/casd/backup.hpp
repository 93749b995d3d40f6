// Copies of a CAS that leave the machine: encrypted, verified, put back.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sconectl/cas/backup_facts.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/age.hpp"

namespace sconectl::casd {

using cas::BackupFacts;

/// How the rows are reached, and the key.
struct BackupSource {
  KeyIdentities identities = {};  ///< for a key file that is sealed; the backup has the key itself
  std::string database_url = {};  ///< of the PostgreSQL that the CAS shares; "": `cas.db`
};

/// Writes the database as it is at one moment, and its key, to the new file `to` (mode 0600), in
/// the format of age: a tar of `cas.db`, `cas.key-store` and `backup.json`. The CAS may run and
/// write meanwhile. `recipients`: crypto::parse_age_recipient(). Throws Error{unavailable} if no
/// CAS keeps its data in `data`, Error{conflict} if `to` is there, Error{failed} if the database is
/// damaged. `between` is called now and then, and gives up by an exception.
BackupFacts create_backup(const std::filesystem::path& data,
                          const std::vector<std::string>& recipients,
                          const std::filesystem::path& to, const BackupSource& source = {},
                          const std::function<void()>& between = {});

/// Opens it, in a directory that is removed again, and verifies every row, as the start of a CAS
/// would. Throws Error{refused} if no identity opens it or it was changed, Error{invalid} for what
/// is no backup, Error{failed} for a database that is not whole.
[[nodiscard]] BackupFacts verify_backup(const std::filesystem::path& backup,
                                        const crypto::AgeIdentities& identities);

/// The same, into the data directory of a CAS that has none yet (CC-076): made if it is missing,
/// refused with Error{conflict} if there is any part of a database in it, with Error{unavailable}
/// while a CAS uses it. After an error it is as it was.
BackupFacts restore_backup(const std::filesystem::path& backup,
                           const crypto::AgeIdentities& identities,
                           const std::filesystem::path& data);

}  // namespace sconectl::casd
