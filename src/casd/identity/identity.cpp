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

constexpr const char* fact_name = "identity";

crypto::Certificate authority(const std::string& name, const crypto::PublicKey& subject,
                              const crypto::PrivateKey& issuer_key,
                              const crypto::Certificate* issuer, crypto::Time now) {
  crypto::CertificateProfile profile;
  profile.common_name = name;
  profile.is_ca = true;
  profile.not_before = now - crypto::slow_clocks;
  return crypto::issue(profile, subject, issuer_key, issuer);
}

/// One fact, so that a crash can not leave half an identity.
crypto::Secret made(crypto::Time now) {
  const auto root = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto instance = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto root_certificate = authority("cas", root.public_key(), root, nullptr, now);
  const auto instance_certificate =
      authority("cas-instance", instance.public_key(), root, &root_certificate, now);
  return join_fields({root.pkcs8_pem().view(), root_certificate.pem(), instance.pkcs8_pem().view(),
                      instance_certificate.pem(), crypto::generate_x25519().private_key.view()});
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

crypto::Secret kept_or_made(Store& store, const StartPermission& permission, crypto::Time now) {
  if (auto stored = store.fact(fact_name)) return std::move(*stored);
  // A new key would make this another CAS, in silence.
  if (store.active("/"))
    throw diag::Error(diag::ErrorKind::failed,
                      "the CAS database has lost the identity of the CAS; put it back from your "
                      "copy, with its -wal file (nothing was changed)");
  auto fresh = made(now);
  store.keep_fact(permission, fact_name, fresh.view());
  return fresh;
}

}  // namespace

namespace {

crypto::Secret stored_fact(const Store& store) {
  auto stored = store.fact(fact_name);
  if (!stored)
    throw diag::Error(diag::ErrorKind::failed, "the CAS database has lost the identity of the CAS");
  return std::move(*stored);
}

}  // namespace

struct Identity::StoredIdentity {
  explicit StoredIdentity(const crypto::Secret& stored)
      : fields(split_fields(stored.view(), 5)),
        root(crypto::Certificate::from_pem(fields[1])),
        instance_key(crypto::PrivateKey::from_pem(fields[2])),
        instance(crypto::Certificate::from_pem(fields[3])) {}

  std::vector<std::string_view> fields;
  crypto::Certificate root;
  crypto::PrivateKey instance_key;
  crypto::Certificate instance;
};

crypto::PrivateKey authority_key(const Store& store, Authority authority) {
  const auto stored = stored_fact(store);
  const auto fields = split_fields(stored.view(), 5);
  return crypto::PrivateKey::from_pem(fields[authority == Authority::root ? 0 : 2]);
}

Identity::Identity(Store& store, const StartPermission& permission, const LeafNames& names,
                   crypto::Time now)
    : Identity(StoredIdentity(kept_or_made(store, permission, now)), names, now) {}

Identity::Identity(const StoredIdentity& kept, const LeafNames& names, crypto::Time now)
    : leaf_(made_leaf(kept, names, now)),
      encryption_{crypto::Secret(kept.fields[4]), crypto::x25519_public(kept.fields[4])},
      key_hash_(crypto::key_hash(kept.root.public_key())),
      software_key_hash_(crypto::key_hash(kept.instance.public_key())),
      chain_pem_(kept.instance.pem() + kept.root.pem()),
      encryption_key_hex_(crypto::hex(encryption_.public_key)) {}

std::shared_ptr<const cas::Identity> Identity::made_leaf(const StoredIdentity& kept,
                                                         const LeafNames& names, crypto::Time now) {
  auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  auto certificate =
      crypto::issue(leaf_profile(names, now), key.public_key(), kept.instance_key, &kept.instance);
  return std::make_shared<const cas::Identity>(
      cas::Identity{std::move(key), std::move(certificate)});
}

std::shared_ptr<const cas::Identity> Identity::leaf() const {
  const std::lock_guard lock(mutex_);
  return leaf_;
}

void Identity::check_leaf(const Store& store, const LeafNames& names, crypto::Time now) {
  (void)made_leaf(StoredIdentity(stored_fact(store)), names, now);
}

void Identity::renew_leaf(const Store& store, const LeafNames& names, crypto::Time now) {
  auto fresh = made_leaf(StoredIdentity(stored_fact(store)), names, now);
  const std::lock_guard lock(mutex_);
  leaf_ = std::move(fresh);
}

}  // namespace sconectl::casd
