// From the embedded database of a CAS to PostgreSQL, and back.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/cas/backup_facts.hpp"
#include "sconectl/casd/key_sealing.hpp"

namespace sconectl::casd {

/// Copies the database of the CAS in `data` into an empty schema of PostgreSQL, verifies every row
/// there, and moves `cas.db` to `before-postgres/` of the directory, which is from then on that of
/// one of the CASes that share the new one. Throws Error{unavailable} while a CAS uses `data` or
/// the database can not be used, Error{conflict} if that holds a CAS already, Error{failed} if one
/// of them is damaged; then `data` is as it was.
cas::BackupFacts move_to_postgres(const std::filesystem::path& data, const std::string& url,
                                  const KeyIdentities& identities = {});

/// The way back, into the directory of one of them, which has the key and no `cas.db`. The database
/// stays as it is. Throws Error{conflict} while a CAS uses that.
cas::BackupFacts move_from_postgres(const std::string& url, const std::filesystem::path& data,
                                    const KeyIdentities& identities = {});

}  // namespace sconectl::casd
