// Who this CAS is: its keys and certificates.
#pragma once

#include <span>
#include <string>

#include "casd/store/store.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::casd {

/// The root `cas` signs `cas-instance`, which signs the certificate of this start (CC-052, RA-002).
class Identity {
 public:
  /// Loads root, instance and session encryption key from the store, or makes them at the first
  /// start. The leaf is new at every start: CN `cas`, for `cas`, `localhost`, the loopback
  /// addresses and `names` (DNS names or IP addresses; RA-002).
  Identity(Store& store, const StartPermission& permission, std::span<const std::string> names,
           crypto::Time now);

  /// Base58Check hash of the root key: what clients pin (CC-052).
  [[nodiscard]] const std::string& key_hash() const { return key_hash_; }
  [[nodiscard]] const std::string& software_key_hash() const { return software_key_hash_; }
  /// `cas-instance`, then `cas`: what clients keep.
  [[nodiscard]] const std::string& chain_pem() const { return chain_pem_; }
  [[nodiscard]] const crypto::Certificate& leaf() const { return leaf_; }
  [[nodiscard]] const crypto::PrivateKey& leaf_key() const { return leaf_key_; }
  /// 64 hex digits; sessions are encrypted to it (CC-053, RA-045).
  [[nodiscard]] const std::string& session_encryption_key() const { return encryption_key_hex_; }
  [[nodiscard]] std::string_view session_decryption_key() const {
    return encryption_.private_key.view();
  }

 private:
  /// Everything that was stored.
  struct StoredIdentity;
  Identity(const StoredIdentity& kept, std::span<const std::string> names, crypto::Time now);

  crypto::PrivateKey leaf_key_;
  crypto::Certificate leaf_;
  crypto::X25519Pair encryption_;
  std::string key_hash_;
  std::string software_key_hash_;
  std::string chain_pem_;
  std::string encryption_key_hex_;
};

/// The keys above the leaf, from the store for every use: a running CAS does not hold them.
enum class Authority { root, software };
[[nodiscard]] crypto::PrivateKey authority_key(const Store& store, Authority authority);

}  // namespace sconectl::casd
