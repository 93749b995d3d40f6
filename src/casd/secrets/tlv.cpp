#include "casd/secrets/tlv.hpp"

#include <string>

namespace sconectl::casd::secrets {
namespace {

constexpr char form_version = '\1';

}  // namespace

crypto::Secret empty_tlv() {
  return crypto::Secret(std::string_view(&form_version, 1));
}

void append_tlv(crypto::Secret& tlv, char tag, std::string_view content) {
  std::string head(1, tag);
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    head += static_cast<char>(content.size() >> (shift - 8) & 0xFFU);
  }
  tlv.append(head);
  tlv.append(content);
}

std::optional<std::vector<TlvField>> parse_tlv(std::string_view bytes) {
  constexpr std::size_t head = 5;
  if (bytes.empty() || bytes.front() != form_version) return std::nullopt;
  bytes.remove_prefix(1);
  std::vector<TlvField> fields;
  while (!bytes.empty()) {
    if (bytes.size() < head) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 1; i < head; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
    if (bytes.size() - head < size) return std::nullopt;
    fields.push_back({bytes.front(), bytes.substr(head, size)});
    bytes.remove_prefix(head + size);
  }
  return fields;
}

bool read_field(SecretMaterial& material, const TlvField& field) {
  switch (field.tag) {
    case tag_bytes:
      material.bytes = crypto::Secret(field.content);
      return true;
    case tag_private_key:
      material.private_key = crypto::PrivateKey::from_der(field.content);
      return true;
    case tag_certificate:
      material.certificates.push_back(crypto::Certificate::from_der(field.content));
      return true;
    default:
      return false;
  }
}

}  // namespace sconectl::casd::secrets
