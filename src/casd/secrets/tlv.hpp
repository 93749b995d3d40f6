// The bytes of a secret in the store and on the wire: a byte 1 (the version of the form), then for
// each field its tag (1 byte), its length (4 bytes, big-endian) and its value.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "casd/secrets/secret_material.hpp"

namespace sconectl::casd::secrets {

constexpr char tag_bytes = 'b';
constexpr char tag_private_key = 'k';  // DER PKCS#8
constexpr char tag_certificate = 'c';  // DER
constexpr char tag_public_key = 'p';   // DER SubjectPublicKeyInfo
constexpr char tag_fragment = 'f';     // JSON
constexpr char tag_kind = 't';         // the word of the session language

struct TlvField {
  char tag = 0;
  std::string_view content;
};

[[nodiscard]] crypto::Secret empty_tlv();
void append_tlv(crypto::Secret& tlv, char tag, std::string_view content);
/// Nothing for other bytes. The fields point into `bytes`.
[[nodiscard]] std::optional<std::vector<TlvField>> parse_tlv(std::string_view bytes);
/// Puts bytes, a private key or a certificate into the material; false for any other field.
[[nodiscard]] bool read_field(SecretMaterial& material, const TlvField& field);

}  // namespace sconectl::casd::secrets
