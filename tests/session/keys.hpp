// Keys and certificates, made once per run.
#pragma once

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::session::test {

struct Identity {
  crypto::PrivateKey key;
  std::string certificate;
  std::string hash;
};

inline Identity identity(const std::string& name, crypto::KeyType type = crypto::KeyType::p256) {
  auto key = crypto::PrivateKey::generate(type);
  crypto::CertificateProfile profile;
  profile.common_name = name;
  profile.not_before = crypto::Time{};
  const auto certificate = crypto::issue(profile, key.public_key(), key);
  return {key, certificate.pem(), crypto::key_hash(key.public_key())};
}
inline const Identity& alice() {
  static const Identity value = identity("alice");
  return value;
}
inline const Identity& bob() {
  static const Identity value = identity("bob");
  return value;
}
inline const crypto::PrivateKey& ed25519() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  return key;
}
inline const crypto::PrivateKey& p384() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyType::p384);
  return key;
}

}  // namespace sconectl::session::test
