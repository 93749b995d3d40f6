// The root namespace session that every CAS starts with (SL-045, SL-046).
#pragma once

#include <string>

#include "casd/store/store.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd {

/// Anybody may claim it by an update, until another session exists.
[[nodiscard]] StoredSession default_root(crypto::Time now);
/// Its successor once the first other session was created without a claim: immutable.
[[nodiscard]] StoredSession sealed_root(crypto::Time now);

/// Its successor when the operator names an owner: he alone updates it and creates sessions in it,
/// until he says otherwise by an update.
[[nodiscard]] StoredSession owned_root(const std::string& key_hash, crypto::Time now);

[[nodiscard]] const std::string& default_root_hash();
[[nodiscard]] const std::string& sealed_root_hash();

}  // namespace sconectl::casd
