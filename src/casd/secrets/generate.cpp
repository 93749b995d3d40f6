#include "casd/secrets/secret_errors.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/session_ca.hpp"
#include "casd/secrets/x509.hpp"
#include "sconectl/crypto/openpgp.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

/// U+0021 ... U+007E (SL-115).
std::string printable() {
  std::string alphabet;
  for (char c = '!'; c <= '~'; ++c) alphabet += c;
  return alphabet;
}

struct Generator {
  const session::Secret& secret;
  const SiblingLookup& siblings;
  crypto::Time now;

  SecretMaterial operator()(const session::Ascii& body) const {
    SecretMaterial material = of_kind(SecretKind::ascii);
    material.bytes = crypto::random_text(printable(), body.size);
    return material;
  }

  SecretMaterial operator()(const session::Binary& body) const {
    SecretMaterial material = of_kind(SecretKind::binary);
    material.bytes = crypto::random_bytes(body.size);
    return material;
  }

  SecretMaterial operator()(const session::PrivateKey& body) const {
    SecretMaterial material = of_kind(SecretKind::private_key);
    material.private_key = crypto::PrivateKey::generate(body.type());
    return material;
  }

  SecretMaterial operator()(const session::PublicKey& body) const {
    SecretMaterial material = of_kind(SecretKind::public_key);
    material.public_key = key_of(secret, body.private_key.value_or(""), siblings).public_key();
    return material;
  }

  SecretMaterial operator()(const session::X509& body) const {
    return issue_x509(secret, body, siblings, now);
  }

  SecretMaterial operator()(const session::PgpKey&) const {
    SecretMaterial material = of_kind(SecretKind::pgp_key);
    material.bytes = crypto::generate_pgp_key(now);
    return material;
  }

  SecretMaterial operator()(const session::SessionCa&) const {
    SecretMaterial material = of_kind(SecretKind::session_ca);
    material.private_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
    crypto::CertificateProfile profile;
    profile.common_name = "session CA";
    profile.is_ca = true;
    profile.not_before = now - crypto::slow_clocks;
    material.certificates.push_back(
        crypto::issue(profile, material.private_key->public_key(), *material.private_key));
    return material;
  }

  template <typename NeverGenerated>
  SecretMaterial operator()(const NeverGenerated&) const {
    throw diag::Error(
        diag::ErrorKind::unsupported,
        "secret '" + secret.name + "': the CAS does not generate values of this kind");
  }
};

void add(std::vector<std::string>& names, const std::optional<std::string>& name) {
  if (name) names.push_back(*name);
}

}  // namespace

std::vector<std::string> needs(const session::Secret& secret) {
  std::vector<std::string> names;
  if (const auto* body = std::get_if<session::PublicKey>(&secret.body)) {
    add(names, body->private_key);
  }
  if (const auto* body = std::get_if<session::X509>(&secret.body)) {
    add(names, body->private_key);
    if (const auto issuer = issuer_of(*body); !issuer.empty()) names.push_back(issuer);
  }
  if (const auto* body = std::get_if<session::Jwt>(&secret.body)) names.push_back(body->signer);
  return names;
}

SecretMaterial generate(const session::Secret& secret, const SiblingLookup& siblings,
                        crypto::Time now) {
  return std::visit(Generator{secret, siblings, now}, secret.body);
}

}  // namespace sconectl::casd::secrets
