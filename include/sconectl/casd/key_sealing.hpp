// The key of the database, sealed to keys that lie elsewhere (CC-062).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// Raw X25519 private keys, one of which opens a sealed key file; a null pointer: there are none.
using KeyIdentities = std::shared_ptr<const std::vector<crypto::Secret>>;

/// Replaces the key file in `data` at once by one in the format of age that `recipients` (raw
/// X25519 keys) can open; without recipients by one that is not sealed. The key itself stays, so a
/// CAS may run meanwhile; the old file is overwritten by nobody, and copies of it go on to open the
/// database. Throws Error{unavailable} if there is none, Error{refused} if no identity opens it.
void seal_key(const std::filesystem::path& data, const std::vector<std::string>& recipients,
              const KeyIdentities& identities);

}  // namespace sconectl::casd
