#include "casd/secrets/travelling.hpp"

#include <array>

#include "casd/secrets/fragment_json.hpp"
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

[[noreturn]] void damaged() {
  throw diag::Error(diag::ErrorKind::failed, "its value is damaged or of an unknown form");
}

SecretKind kind_of(std::string_view word) {
  for (const SecretKind kind : travelling_kinds)
    if (session::word(kind) == word) return kind;
  damaged();
}

void take_any(Material& material, const Part& part) {
  if (take(material, part)) return;
  if (part.tag == part_kind)
    material.kind = kind_of(part.content);
  else if (part.tag == part_public_key)
    material.public_key = crypto::PublicKey::from_der(part.content);
  else if (part.tag == part_fragment)
    material.fragment = yaml::parse_document("imported fragment", std::string(part.content));
  else
    damaged();
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
  if (!all || all->empty() || all->front().tag != part_kind) damaged();
  Material material;
  try {
    for (const Part& part : *all) take_any(material, part);
  } catch (const diag::Error&) {  // its text may quote the secret
    damaged();
  }
  return material;
}

}  // namespace sconectl::casd::secrets
