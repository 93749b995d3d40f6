// Certificates as a CAS has them: leaf, `cas-instance`, `cas` (RA-002).
#pragma once

#include <string>
#include <vector>

#include "sconectl/cas/config.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::test {

struct CasChain {
  crypto::PrivateKey root_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::PrivateKey software_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::PrivateKey leaf_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::Certificate root = make("cas", true, root_key, root_key, nullptr);
  crypto::Certificate software = make("cas-instance", true, software_key, root_key, &root);
  crypto::Certificate leaf = make("cas", false, leaf_key, software_key, &software);

  static crypto::Certificate make(std::string name, bool ca, const crypto::PrivateKey& subject,
                                  const crypto::PrivateKey& issuer_key,
                                  const crypto::Certificate* issuer) {
    crypto::CertificateProfile profile;
    profile.common_name = std::move(name);
    profile.is_ca = ca;
    if (!ca) profile.usage = crypto::ExtendedKeyUsage::server;
    profile.not_before = crypto::Time(std::chrono::sys_days{std::chrono::year{2020} / 1 / 1});
    return crypto::issue(profile, subject.public_key(), issuer_key, issuer);
  }

  /// What the server presents.
  [[nodiscard]] std::vector<std::string> presented() const {
    return {leaf.pem(), software.pem(), root.pem()};
  }
  /// What the report and cas_db hold.
  [[nodiscard]] std::string reported() const { return software.pem() + root.pem(); }
  [[nodiscard]] std::string key_hash() const { return crypto::key_hash(root.public_key()); }
  [[nodiscard]] std::string software_key_hash() const {
    return crypto::key_hash(software.public_key());
  }
  [[nodiscard]] cas::KnownCas known() const {
    cas::KnownCas known;
    known.url = "https://mycas:8081/";
    known.chain = reported();
    known.cas_key_hash = key_hash();
    known.cas_software_key_hash = software_key_hash();
    return known;
  }
};

/// The CAS that a test trusts, and another one. Made once.
inline const CasChain& ours() {
  static const CasChain chain;
  return chain;
}
inline const CasChain& theirs() {
  static const CasChain chain;
  return chain;
}

}  // namespace sconectl::test
