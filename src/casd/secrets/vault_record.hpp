// A value that a key vault keeps for the CAS (`store_in: !akv`, SL-194): the vault has it
// encrypted, and the database has in its place what opens it and tells it from any other.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/azure/key_vault.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

struct VaultRecord {
  std::string name;  ///< in the vault: "cas-" ‖ session hash ‖ "-" ‖ 16 random bytes, in hex
  std::string version;  ///< that the vault gave it
  std::string digest;   ///< SHA-256 of what the vault has, raw
  crypto::Secret key;   ///< 32 bytes

  [[nodiscard]] VaultRecord clone() const { return {name, version, digest, key.clone()}; }
};

/// As the database keeps it.
[[nodiscard]] crypto::Secret encode(const VaultRecord& record);
/// Throws Error{failed} for other bytes.
[[nodiscard]] VaultRecord decode_vault_record(std::string_view stored);

/// A value that is not in the vault yet; `record.version` is empty.
struct VaultCopy {
  std::string text;  ///< for the vault
  VaultRecord record;
};
/// Under a name and a key of its own. Throws Error{refused} for more than a vault takes.
[[nodiscard]] VaultCopy vault_copy(std::string_view session_hash, const std::string& secret,
                                   const crypto::Secret& value);

/// The value of the secret. Throws Error{refused} if the vault has something else than what was put
/// there last: a change, or something older that was restored.
[[nodiscard]] crypto::Secret opened(const VaultRecord& record, const std::string& secret,
                                    const azure::VaultSecret& in_vault);

}  // namespace sconectl::casd
