// Who this CAS is: its keys and certificates.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "casd/store/store.hpp"
#include "sconectl/cas/identity.hpp"
#include "sconectl/cas/owner_config.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::casd {

/// What the leaf is for (RA-002).
struct LeafNames {
  cas::ApiIdentity api_identity = {};  ///< of the owner (CC-031 ... CC-035)
  /// DNS names and IP addresses of the operator. Throws Error{invalid} for what is neither.
  std::vector<std::string> names = {};
};

/// The root `cas` signs `cas-instance`, which signs the certificate of this start (CC-052, RA-002).
/// Safe to use from several threads.
class Identity {
 public:
  /// Loads root, instance and session encryption key from the store, or makes them at the first
  /// start. The leaf is new at every start: for `names`, and always for `cas`, `localhost` and the
  /// loopback addresses.
  Identity(Store& store, const StartPermission& permission, const LeafNames& names,
           crypto::Time now);

  /// Base58Check hash of the root key: what clients pin (CC-052).
  [[nodiscard]] const std::string& key_hash() const { return key_hash_; }
  [[nodiscard]] const std::string& software_key_hash() const { return software_key_hash_; }
  /// `cas-instance`, then `cas`: what clients keep.
  [[nodiscard]] const std::string& chain_pem() const { return chain_pem_; }
  /// Key and certificate of the server, as they are now.
  [[nodiscard]] std::shared_ptr<const cas::Identity> leaf() const;
  /// Throws Error{invalid} if renew_leaf() would.
  static void check_leaf(const Store& store, const LeafNames& names, crypto::Time now);
  /// A new leaf, with a new key; the keys above it stay (CC-048).
  void renew_leaf(const Store& store, const LeafNames& names, crypto::Time now);
  /// 64 hex digits; sessions are encrypted to it (CC-053, RA-045).
  [[nodiscard]] const std::string& session_encryption_key() const { return encryption_key_hex_; }
  [[nodiscard]] std::string_view session_decryption_key() const {
    return encryption_.private_key.view();
  }

 private:
  /// Everything that was stored.
  struct StoredIdentity;
  Identity(const StoredIdentity& kept, const LeafNames& names, crypto::Time now);
  [[nodiscard]] static std::shared_ptr<const cas::Identity> made_leaf(const StoredIdentity& kept,
                                                                      const LeafNames& names,
                                                                      crypto::Time now);

  mutable std::mutex mutex_;
  std::shared_ptr<const cas::Identity> leaf_;
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
