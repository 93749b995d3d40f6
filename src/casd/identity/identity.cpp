#include "casd/identity/identity.hpp"

#include <algorithm>
#include <vector>

#include "casd/store/fields.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Versions of the identity are facts of their own, which are never replaced.
std::string fact_of_version(std::size_t version) {
  return version == 1 ? "identity" : "identity-" + std::to_string(version);
}

/// Of which clients keep one; each is a certificate more in every handshake.
constexpr std::size_t most_earlier_roots = 4;

crypto::Certificate authority(const std::string& name, const crypto::PublicKey& subject,
                              const crypto::PrivateKey& issuer_key,
                              const crypto::Certificate* issuer, crypto::Time now) {
  crypto::CertificateProfile profile;
  profile.common_name = name;
  profile.is_ca = true;
  profile.not_before = now - crypto::slow_clocks;
  return crypto::issue(profile, subject, issuer_key, issuer);
}

/// One fact, so that a crash can not leave half an identity. `crossing`: the root, signed by the
/// one before; empty if it is that one.
crypto::Secret joined(const crypto::PrivateKey& root, const crypto::Certificate& root_certificate,
                      const crypto::PrivateKey& instance,
                      const crypto::Certificate& instance_certificate,
                      std::string_view session_decryption_key, std::string_view crossing) {
  return join_fields({root.pkcs8_pem().view(), root_certificate.pem(), instance.pkcs8_pem().view(),
                      instance_certificate.pem(), session_decryption_key, crossing});
}

crypto::Secret made(crypto::Time now) {
  const auto root = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto instance = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto root_certificate = authority("cas", root.public_key(), root, nullptr, now);
  const auto instance_certificate =
      authority("cas-instance", instance.public_key(), root, &root_certificate, now);
  return joined(root, root_certificate, instance, instance_certificate,
                crypto::generate_x25519().private_key.view(), "");
}

bool is_address(const std::string& name) {
  return name.find(':') != std::string::npos ||
         (!name.empty() && name.find_first_not_of("0123456789.") == std::string::npos);
}

/// The operator learns it at the start, not his clients.
void check_host_name(const std::string& name) {
  const auto fault =
      is_address(name) ? crypto::ip_address_fault(name) : crypto::dns_name_fault(name);
  if (!fault.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      "no client takes '" + name + "' for a name of the CAS: it " + fault);
}

crypto::CertificateProfile leaf_profile(const LeafNames& names, crypto::Time now) {
  const cas::ApiIdentity& owner = names.api_identity;
  crypto::CertificateProfile profile;
  profile.common_name = owner.common_name;
  profile.details = {owner.country_name, owner.state_or_province, owner.locality, owner.org_name,
                     owner.email};
  profile.dns_names = {"cas", "localhost"};
  profile.ips = {"127.0.0.1", "::1"};
  profile.usage = crypto::ExtendedKeyUsage::server;
  profile.not_before = now - crypto::slow_clocks;
  for (const auto* some : {&owner.alt_names, &names.names})
    for (const auto& name : *some) {
      check_host_name(name);
      auto& list = is_address(name) ? profile.ips : profile.dns_names;
      if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
    }
  return profile;
}

/// Oldest first.
std::vector<crypto::Secret> stored_identities(const Store& store) {
  std::vector<crypto::Secret> all;
  while (auto stored = store.fact(fact_of_version(all.size() + 1)))
    all.push_back(std::move(*stored));
  return all;
}

std::vector<crypto::Secret> required_identities(const Store& store) {
  auto all = stored_identities(store);
  if (all.empty())
    throw diag::Error(diag::ErrorKind::failed, "the CAS database has lost the identity of the CAS");
  return all;
}

std::vector<crypto::Secret> kept_or_made(Store& store, const StartPermission& permission,
                                         crypto::Time now) {
  auto all = stored_identities(store);
  if (!all.empty()) return all;
  // A new key would make this another CAS, in silence.
  if (store.active("/"))
    throw diag::Error(diag::ErrorKind::failed,
                      "the CAS database has lost the identity of the CAS; put it back from your "
                      "copy, with its -wal file (nothing was changed)");
  all.push_back(made(now));
  store.keep_fact(permission, fact_of_version(1), all.front().view());
  return all;
}

std::shared_ptr<const cas::Identity> made_leaf(const crypto::PrivateKey& instance_key,
                                               const crypto::Certificate& instance,
                                               const LeafNames& names, crypto::Time now) {
  auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  auto certificate =
      crypto::issue(leaf_profile(names, now), key.public_key(), instance_key, &instance);
  return std::make_shared<const cas::Identity>(
      cas::Identity{std::move(key), std::move(certificate)});
}

}  // namespace

struct Identity::StoredIdentity {
  explicit StoredIdentity(const crypto::Secret& stored)
      : fields(split_fields(stored.view())),
        root(certificate(1)),
        instance_key(key(2)),
        instance(certificate(3)) {}

  [[nodiscard]] std::string_view field(std::size_t index) const {
    // The first identities have no crossing.
    if (fields.size() != 5 && fields.size() != 6)
      throw diag::Error(diag::ErrorKind::failed, "the stored identity of the CAS is damaged");
    return index < fields.size() ? fields[index] : std::string_view();
  }
  [[nodiscard]] crypto::PrivateKey key(std::size_t index) const {
    return crypto::PrivateKey::from_pem(field(index));
  }
  [[nodiscard]] crypto::Certificate certificate(std::size_t index) const {
    return crypto::Certificate::from_pem(field(index));
  }
  [[nodiscard]] crypto::PrivateKey root_key() const { return key(0); }
  [[nodiscard]] std::string_view session_decryption_key() const { return field(4); }
  [[nodiscard]] std::string_view crossing() const { return field(5); }

  std::vector<std::string_view> fields;
  crypto::Certificate root;
  crypto::PrivateKey instance_key;
  crypto::Certificate instance;
};

crypto::PrivateKey Identity::authority_key(const Store& store, Authority authority) const {
  const auto all = required_identities(store);
  const StoredIdentity kept(all.at(now()->versions - 1));
  return authority == Authority::root ? kept.root_key() : kept.instance_key;
}

std::string stored_key_hash(const Store& store) {
  const auto all = required_identities(store);
  return crypto::key_hash(
      crypto::Certificate::from_pem(split_fields(all.back().view()).at(1)).public_key());
}

Identity::Identity(Store& store, const StartPermission& permission, const LeafNames& names,
                   crypto::Time now)
    : now_(keys_of(kept_or_made(store, permission, now), names, now)) {}

std::shared_ptr<const Identity::Keys> Identity::keys_of(const std::vector<crypto::Secret>& all,
                                                        const LeafNames& names, crypto::Time now) {
  const StoredIdentity newest(all.back());
  auto keys = std::make_shared<Keys>();
  keys->versions = all.size();
  keys->leaf = made_leaf(newest.instance_key, newest.instance, names, now);
  keys->software_key_hash = crypto::key_hash(newest.instance.public_key());
  keys->chain_pem = newest.instance.pem() + newest.root.pem();
  keys->shown_chain_pem = newest.instance.pem();
  keys->roots.push_back(crypto::key_hash(newest.root.public_key()));
  std::string oldest = newest.root.pem();
  std::string_view crossing;
  for (auto stored = all.rbegin(); stored != all.rend(); ++stored) {
    const StoredIdentity version(*stored);
    const auto secret = version.session_decryption_key();
    if (keys->encryption.empty() || keys->encryption.back().private_key.view() != secret)
      keys->encryption.push_back({crypto::Secret(secret), crypto::x25519_public(secret)});
    // The version after this one has another root.
    if (!crossing.empty() && keys->roots.size() <= most_earlier_roots) {
      keys->shown_chain_pem += crossing;
      keys->roots.push_back(crypto::key_hash(version.root.public_key()));
      oldest = version.root.pem();
    }
    crossing = version.crossing();
  }
  keys->shown_chain_pem += oldest;
  return keys;
}

std::shared_ptr<const Identity::Keys> Identity::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void Identity::check_leaf(const Store& store, const LeafNames& names, crypto::Time now) {
  (void)keys_of(required_identities(store), names, now);
}

void Identity::renew_leaf(const Store& store, const LeafNames& names, crypto::Time now) {
  auto fresh = keys_of(required_identities(store), names, now);
  const std::lock_guard lock(mutex_);
  now_ = std::move(fresh);
}

bool Identity::changed_by_others(const Store& store) const {
  return store.has_others() && store.fact(fact_of_version(now()->versions + 1)).has_value();
}

void Identity::rotate(Store& store, const OwnershipPermission& permission,
                      const cas::KeyRotation& which, crypto::Time now, const Notes& notes) {
  const auto all = required_identities(store);
  const StoredIdentity before(all.back());
  auto root_key = before.root_key();
  auto root = before.root;
  std::string crossing;
  if (which.root) {
    const auto fresh = crypto::PrivateKey::generate(crypto::KeyType::p256);
    crossing = authority("cas", fresh.public_key(), root_key, &before.root, now).pem();
    root = authority("cas", fresh.public_key(), fresh, nullptr, now);
    root_key = fresh;
  }
  auto instance_key = before.instance_key;
  auto instance = before.instance;
  if (which.new_software()) {
    instance_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
    instance = authority("cas-instance", instance_key.public_key(), root_key, &root, now);
  }
  const auto pair = crypto::generate_x25519();
  const auto next =
      joined(root_key, root, instance_key, instance,
             which.session_encryption ? pair.private_key.view() : before.session_decryption_key(),
             crossing);
  store.keep_fact(permission, fact_of_version(all.size() + 1), next.view(), notes);
}

std::string Identity::session_encryption_key() const {
  return crypto::hex(now()->encryption.front().public_key);
}

std::shared_ptr<const crypto::Secret> Identity::session_decryption_key(
    std::string_view public_key) const {
  const auto keys = now();
  for (const auto& pair : keys->encryption)
    if (pair.public_key == public_key) return {keys, &pair.private_key};
  return nullptr;
}

}  // namespace sconectl::casd
