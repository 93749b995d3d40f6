// The key of the database, sealed to keys that lie elsewhere (CC-062).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sconectl/crypto/age.hpp"

namespace sconectl::casd {

/// One of them opens a sealed key file; a null pointer: there are none.
using KeyIdentities = std::shared_ptr<const crypto::AgeIdentities>;

/// Replaces the key file in `data` at once by one in the format of age that `recipients`
/// (crypto::parse_age_recipient) can open; without recipients by one that is not sealed. The key
/// itself stays, so a CAS may run meanwhile; the old file is overwritten by nobody, and copies of
/// it go on to open the database. A key that the database had before begin_key_rotation() is
/// forgotten; of one that several CASes share, if `database_url` says where it is. Throws
/// Error{unavailable} if there is no key, or no database at that place, Error{refused} if no
/// identity opens it.
void seal_key(const std::filesystem::path& data, const std::vector<std::string>& recipients,
              const KeyIdentities& identities, const std::string& database_url = "");

/// Puts a next key into the key file, beside the one that the database has. The CAS seals all rows
/// with it when it is told to reload (SIGHUP; if the file is not sealed) or starts. True: several
/// CASes share the database. Then all of them have to have the file first; one that is told to
/// reload seals the rows, and the others follow. Throws Error{usage} without `recipients` for a
/// sealed file, Error{conflict} if there is a next key that the database has not got yet,
/// Error{unavailable} if there is no database.
bool begin_key_rotation(const std::filesystem::path& data,
                        const std::vector<std::string>& recipients,
                        const KeyIdentities& identities);

}  // namespace sconectl::casd
