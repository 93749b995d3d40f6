// Who this CAS is: its keys and certificates.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "casd/store/store.hpp"
#include "sconectl/cas/identity.hpp"
#include "sconectl/cas/owner_config.hpp"
#include "sconectl/cas/wire_owner.hpp"
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

/// Who signs, above the leaf.
enum class Authority { root, software };

/// The root `cas` signs `cas-instance`, which signs the certificate of this start (CC-052, RA-002).
/// A new root is signed by the one before (RFC 4210, 4.4, "new with old"), so that whoever has
/// pinned that one goes on to trust the CAS. Safe to use from several threads.
class Identity {
 public:
  /// Loads root, instance and session encryption key from the store, or makes them at the first
  /// start. The leaf is new at every start: for `names`, and always for `cas`, `localhost` and the
  /// loopback addresses.
  Identity(Store& store, const StartPermission& permission, const LeafNames& names,
           crypto::Time now);

  /// Base58Check hash of the root key: what clients pin (CC-052).
  [[nodiscard]] std::string key_hash() const { return now()->roots.front(); }
  /// Of the present root and of those before it that lead to it, newest first.
  [[nodiscard]] std::vector<std::string> key_hashes() const { return now()->roots; }
  [[nodiscard]] std::string software_key_hash() const { return now()->software_key_hash; }
  /// `cas-instance`, then `cas`: what clients keep.
  [[nodiscard]] std::string chain_pem() const { return now()->chain_pem; }
  /// What is shown after the leaf, for all who know this CAS: the same, or, after the root was
  /// changed, `cas-instance`, each root signed by the one before, and the oldest of them.
  [[nodiscard]] std::string shown_chain_pem() const { return now()->shown_chain_pem; }
  /// Key and certificate of the server, as they are now.
  [[nodiscard]] std::shared_ptr<const cas::Identity> leaf() const { return now()->leaf; }
  /// Of those that are in effect, from the store for every use: a running CAS does not hold it.
  [[nodiscard]] crypto::PrivateKey authority_key(const Store& store, Authority authority) const;
  /// Throws Error{invalid} if renew_leaf() would.
  static void check_leaf(const Store& store, const LeafNames& names, crypto::Time now);
  /// A new leaf, with a new key; the keys above it are those of the store (CC-048).
  void renew_leaf(const Store& store, const LeafNames& names, crypto::Time now);
  /// Another CAS that shares the database has changed keys.
  [[nodiscard]] bool changed_by_others(const Store& store) const;
  /// Makes keys anew; durable on return, and in effect after renew_leaf(). Error{conflict} if
  /// somebody else was faster. `notes` go to the journal with it.
  static void rotate(Store& store, const OwnershipPermission& permission,
                     const cas::KeyRotation& which, crypto::Time now, const Notes& notes);
  /// 64 hex digits; sessions are encrypted to it (CC-053, RA-045).
  [[nodiscard]] std::string session_encryption_key() const;
  /// Of a public key, 32 bytes, that is or was that one; a null pointer: it never was.
  [[nodiscard]] std::shared_ptr<const crypto::Secret> session_decryption_key(
      std::string_view public_key) const;

 private:
  /// What is stored of one time.
  struct StoredIdentity;
  /// What is in effect.
  struct Keys {
    std::shared_ptr<const cas::Identity> leaf;
    std::vector<std::string> roots;
    std::string software_key_hash;
    std::string chain_pem;
    std::string shown_chain_pem;
    std::vector<crypto::X25519Pair> encryption;  ///< newest first
    std::size_t versions = 0;                    ///< that are stored
  };
  [[nodiscard]] std::shared_ptr<const Keys> now() const;
  [[nodiscard]] static std::shared_ptr<const Keys> keys_of(const std::vector<crypto::Secret>& all,
                                                           const LeafNames& names,
                                                           crypto::Time now);

  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> now_;
};

/// What clients of the CAS with this store pin.
[[nodiscard]] std::string stored_key_hash(const Store& store);

}  // namespace sconectl::casd
