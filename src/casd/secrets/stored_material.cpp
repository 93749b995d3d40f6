// What the store keeps of a value. Its kind is known from the session.
#include "casd/secrets/secret_errors.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/tlv.hpp"
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

bool fits(const session::Secret& secret, const SecretMaterial& material) {
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

crypto::Secret encode(const session::Secret& secret, const SecretMaterial& material) {
  auto out = empty_tlv();
  if (!material.bytes.empty()) append_tlv(out, tag_bytes, material.bytes.view());
  if (material.private_key && !named_key(secret)) {
    append_tlv(out, tag_private_key, material.private_key->pkcs8_der().view());
  }
  for (const auto& certificate : material.certificates) {
    append_tlv(out, tag_certificate, certificate.der());
  }
  return out;
}

SecretMaterial decode(const session::Secret& secret, std::string_view stored,
                      const SiblingLookup& siblings) {
  SecretMaterial material;
  material.kind = secret.kind().value_or(SecretKind::ascii);
  const auto fields = parse_tlv(stored);
  if (!fields) damaged(secret);
  for (const auto& field : *fields)
    if (!read_field(material, field)) damaged(secret);
  if (const auto key = named_key(secret)) {
    const auto private_key = key_of(secret, *key, siblings);
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
