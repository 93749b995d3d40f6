#include "casd/secrets/travelling.hpp"

#include <algorithm>
#include <array>

#include "casd/fragment_json.hpp"
#include "casd/secrets/parts.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

/// A jwt is made for one service and never travels; the rest of the language has no values here.
constexpr std::array travelling_kinds{
    SecretKind::ascii,           SecretKind::binary,  SecretKind::private_key,
    SecretKind::public_key,      SecretKind::x509,    SecretKind::x509_ca,
    SecretKind::config_fragment, SecretKind::pgp_key, SecretKind::session_ca};

SecretKind kind_of(std::string_view word) {
  for (const SecretKind kind : travelling_kinds)
    if (session::word(kind) == word) return kind;
  throw diag::Error(diag::ErrorKind::failed, "its kind is not known here");
}

void take(Material& material, const Part& part) {
  switch (part.tag) {
    case part_kind:
      material.kind = kind_of(part.content);
      break;
    case part_bytes:
      material.bytes = crypto::Secret(part.content);
      break;
    case part_private_key:
      material.private_key = crypto::PrivateKey::from_der(part.content);
      break;
    case part_public_key:
      material.public_key = crypto::PublicKey::from_der(part.content);
      break;
    case part_certificate:
      material.certificates.push_back(crypto::Certificate::from_der(part.content));
      break;
    case part_fragment:
      material.fragment = yaml::parse_document("imported fragment", std::string(part.content));
      break;
    default:
      throw diag::Error(diag::ErrorKind::failed, "a part of it is not known here");
  }
}

}  // namespace

crypto::Secret packed(const Material& material) {
  auto out = no_parts();
  put(out, part_kind, session::word(material.kind));
  if (!material.bytes.empty()) put(out, part_bytes, material.bytes.view());
  if (material.private_key) put(out, part_private_key, material.private_key->pkcs8_der().view());
  if (material.public_key) put(out, part_public_key, material.public_key->spki_der());
  for (const auto& certificate : material.certificates)
    put(out, part_certificate, certificate.der());
  if (material.kind == SecretKind::config_fragment)
    put(out, part_fragment, fragment_json(material.fragment));
  return out;
}

Material unpacked(std::string_view text) {
  const auto all = parts(text);
  if (!all || all->empty() || all->front().tag != part_kind)
    throw diag::Error(diag::ErrorKind::failed, "it is damaged");
  Material material;
  for (const Part& part : *all) take(material, part);
  return material;
}

}  // namespace sconectl::casd::secrets
