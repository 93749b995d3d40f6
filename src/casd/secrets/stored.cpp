// What the store keeps of a value. What kind the parts belong to is known from the session.
#include "casd/secrets/faults.hpp"
#include "casd/secrets/material.hpp"
#include "casd/secrets/parts.hpp"
#include "casd/secrets/x509.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

[[noreturn]] void damaged(const session::Secret& secret) {
  throw diag::Error(diag::ErrorKind::failed,
                    "the stored value of secret '" + secret.name + "' is damaged");
}

/// The name of the secret that the private key is taken from; nothing if it is the secret's own.
std::optional<std::string> named_key(const session::Secret& secret) {
  if (const auto* x509 = std::get_if<session::X509>(&secret.body)) return x509->private_key;
  if (const auto* key = std::get_if<session::PublicKey>(&secret.body)) return key->private_key;
  return std::nullopt;
}

bool fits(const session::Secret& secret, const Material& material) {
  switch (material.kind) {
    case SecretKind::ascii:
    case SecretKind::binary:
    case SecretKind::pgp_key:
      return material.certificates.empty() && !material.private_key && !material.bytes.empty();
    case SecretKind::private_key:
      return material.certificates.empty() && material.private_key;
    case SecretKind::public_key:
      return material.public_key.has_value();
    case SecretKind::x509:
    case SecretKind::x509_ca:
    case SecretKind::session_ca:
      return !material.certificates.empty() && material.private_key;
    default:
      refuse(secret, "values of this kind are not stored");
  }
}

}  // namespace

crypto::Secret encode(const session::Secret& secret, const Material& material) {
  auto out = no_parts();
  if (!material.bytes.empty()) put(out, part_bytes, material.bytes.view());
  if (material.private_key && !named_key(secret)) {
    put(out, part_private_key, material.private_key->pkcs8_der().view());
  }
  for (const auto& certificate : material.certificates) {
    put(out, part_certificate, certificate.der());
  }
  return out;
}

Material decode(const session::Secret& secret, std::string_view stored, const Others& others) {
  Material material;
  material.kind = secret.kind().value_or(SecretKind::ascii);
  const auto all = parts(stored);
  if (!all) damaged(secret);
  for (const auto& part : *all)
    if (!take(material, part)) damaged(secret);
  if (const auto key = named_key(secret)) {
    const auto private_key = key_of(secret, *key, others);
    if (material.kind == SecretKind::public_key) {
      material.public_key = private_key.public_key();
    } else {
      material.private_key = private_key;
    }
  }
  if (!fits(secret, material)) damaged(secret);
  return material;
}

}  // namespace sconectl::casd::secrets
