#include "casd/secrets/format.hpp"

#include <algorithm>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/openpgp.hpp"
#include "sconectl/crypto/pkcs12.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd::secrets {
namespace {

using crypto::Secret;
using session::Format;
using session::SecretKind;

[[noreturn]] void refuse_format(const std::string& reason) {
  throw diag::Error(diag::ErrorKind::invalid, reason);
}

Secret text(const SecretMaterial& material) {
  if (material.kind != SecretKind::config_fragment) return material.bytes.clone();
  if (!material.fragment.is_scalar()) {
    refuse_format(
        "a config-fragment can be used as text only if it is a scalar, not a list or a mapping");
  }
  return Secret(material.fragment.text());
}

const crypto::PrivateKey& private_key(const SecretMaterial& material) {
  if (!material.private_key) {
    refuse_format(
        "its private key is not accessible: the session has not got the private-key secret that "
        "belongs to the certificate");
  }
  return *material.private_key;
}

const crypto::PublicKey& public_key(const SecretMaterial& material) {
  if (!material.public_key) refuse_format("it is not a public key");
  return *material.public_key;
}

const crypto::Certificate& certificate(const SecretMaterial& material) {
  if (material.certificates.empty()) refuse_format("it is not a certificate");
  return material.certificates.front();
}

/// The certificates above the certificate itself.
std::span<const crypto::Certificate> above(const SecretMaterial& material) {
  static_cast<void>(certificate(material));
  return std::span(material.certificates).subspan(1);
}

Secret pem_of(std::span<const crypto::Certificate> certificates) {
  std::string pem;
  for (const auto& one : certificates) pem += one.pem();
  return Secret(pem);
}

/// Root first, the certificate itself last (SL-160).
Secret legacy_chain(const SecretMaterial& material) {
  std::vector<crypto::Certificate> reversed(material.certificates.rbegin(),
                                            material.certificates.rend());
  return pem_of(reversed);
}

/// SL-178: who imports a key that is merely public has no more.
const Secret& pgp_private(const SecretMaterial& material) {
  if (!crypto::pgp_has_private_key(material.bytes.view()))
    refuse_format("the private key is not accessible: only the public one is exported");
  return material.bytes;
}

Secret pgp_public(const SecretMaterial& material) {
  return Secret(crypto::pgp_public_key(material.bytes.view()));
}

Secret base64(const Secret& bytes) {
  return Secret::adopt(crypto::base64(bytes.view()));
}

}  // namespace

Secret format(const SecretMaterial& material, Format wanted) {
  const std::string_view bytes = material.bytes.view();
  switch (wanted) {
    case Format::text:
      return text(material);
    case Format::raw:
      return material.bytes.clone();
    case Format::hex:
      return Secret::adopt(crypto::hex(bytes));
    case Format::base64:
      return base64(material.bytes);
    case Format::base64url:
      return Secret::adopt(crypto::base64url(bytes));
    case Format::base32:
      return Secret::adopt(crypto::base32(bytes));
    case Format::base32nopad:
      return Secret::adopt(crypto::base32(bytes, crypto::Padding::without));
    case Format::private_key_pem:
      return private_key(material).pkcs8_pem();
    case Format::private_key_der:
      return private_key(material).pkcs8_der();
    case Format::public_key_pem:
      return Secret(public_key(material).spki_pem());
    case Format::public_key_der:
      return Secret(public_key(material).spki_der());
    case Format::certificate_pem:
      return Secret(certificate(material).pem());
    case Format::certificate_der:
      return Secret(certificate(material).der());
    case Format::chain:
      return pem_of(above(material));
    case Format::legacy_chain:
      return legacy_chain(material);
    case Format::pkcs12:
      return crypto::pkcs12(certificate(material), private_key(material), above(material));
    case Format::pgp_private_binary:
      return pgp_private(material).clone();
    case Format::pgp_private_base64:
      return base64(pgp_private(material));
    case Format::pgp_private_armored:
      return crypto::pgp_armor(crypto::PgpBlock::private_key, pgp_private(material).view());
    case Format::pgp_public_armored:
      return crypto::pgp_armor(crypto::PgpBlock::public_key, pgp_public(material).view());
    case Format::pgp_public_binary:
      return pgp_public(material);
    case Format::pgp_public_base64:
      return base64(pgp_public(material));
  }
  refuse_format("unknown format");
}

Secret format_as(const SecretMaterial& material, const std::string& name, std::string_view suffix) {
  const auto wanted = session::format_of(material.kind, suffix);
  if (!wanted) refuse_format("secret '" + name + "': " + suffix_fault(material.kind, suffix));
  try {
    return format(material, *wanted);
  } catch (const diag::Error& error) {
    throw diag::Error(error.kind(), "secret '" + name + "': " + error.text(), error.causes());
  }
}

std::string suffix_fault(SecretKind kind, std::string_view suffix) {
  // As it is written in a placeholder: a colon goes before all but the deprecated dot suffixes.
  const auto written = [](std::string_view one) {
    return (one.front() == '.' ? "" : ":") + std::string(one);
  };
  std::string text = "a secret of kind " + std::string(text::word(kind)) + " has no format ";
  text += suffix.empty() ? "without suffix" : "'" + written(suffix) + "'";
  std::string allowed;
  for (const auto known : session::suffixes_of(kind)) {
    if (!allowed.empty()) allowed += ", ";
    allowed += known.empty() ? "none" : written(known);
  }
  return text + "; allowed: " + allowed;
}

}  // namespace sconectl::casd::secrets
