#include "casd/secrets/exported_material.hpp"

#include <array>

#include "casd/secrets/fragment_json.hpp"
#include "casd/secrets/tlv.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

/// A jwt is made for one service and never leaves; the rest of the language has no values here.
constexpr std::array exportable_kinds{
    SecretKind::ascii,           SecretKind::binary,  SecretKind::private_key,
    SecretKind::public_key,      SecretKind::x509,    SecretKind::x509_ca,
    SecretKind::config_fragment, SecretKind::pgp_key, SecretKind::session_ca};

[[noreturn]] void damaged() {
  throw diag::Error(diag::ErrorKind::failed, "its value is damaged or of an unknown form");
}

SecretKind kind_of(std::string_view word) {
  for (const SecretKind kind : exportable_kinds)
    if (text::word(kind) == word) return kind;
  damaged();
}

void read_any_field(SecretMaterial& material, const TlvField& field) {
  if (read_field(material, field)) return;
  if (field.tag == tag_kind)
    material.kind = kind_of(field.content);
  else if (field.tag == tag_public_key)
    material.public_key = crypto::PublicKey::from_der(field.content);
  else if (field.tag == tag_fragment)
    material.fragment = yaml::parse_document("imported fragment", std::string(field.content));
  else
    damaged();
}

}  // namespace

crypto::Secret encode_exported(const SecretMaterial& material) {
  auto out = empty_tlv();
  append_tlv(out, tag_kind, text::word(material.kind));
  if (!material.bytes.empty()) append_tlv(out, tag_bytes, material.bytes.view());
  if (material.private_key)
    append_tlv(out, tag_private_key, material.private_key->pkcs8_der().view());
  if (material.public_key) append_tlv(out, tag_public_key, material.public_key->spki_der());
  for (const auto& certificate : material.certificates)
    append_tlv(out, tag_certificate, certificate.der());
  if (material.kind == SecretKind::config_fragment)
    append_tlv(out, tag_fragment, fragment_json(material.fragment));
  return out;
}

SecretMaterial decode_exported(std::string_view bytes) {
  const auto fields = parse_tlv(bytes);
  if (!fields || fields->empty() || fields->front().tag != tag_kind) damaged();
  SecretMaterial material;
  try {
    for (const TlvField& field : *fields) read_any_field(material, field);
  } catch (const diag::Error&) {  // its text may quote the secret
    damaged();
  }
  return material;
}

}  // namespace sconectl::casd::secrets
