#include "casd/secrets/parts.hpp"

#include <string>

namespace sconectl::casd::secrets {
namespace {

constexpr char form_version = '\1';

}  // namespace

crypto::Secret no_parts() {
  return crypto::Secret(std::string_view(&form_version, 1));
}

void put(crypto::Secret& parts, char tag, std::string_view content) {
  std::string head(1, tag);
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    head += static_cast<char>(content.size() >> (shift - 8) & 0xFFU);
  }
  parts.append(head);
  parts.append(content);
}

std::optional<std::vector<Part>> parts(std::string_view text) {
  constexpr std::size_t head = 5;
  if (text.empty() || text.front() != form_version) return std::nullopt;
  text.remove_prefix(1);
  std::vector<Part> all;
  while (!text.empty()) {
    if (text.size() < head) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 1; i < head; ++i) size = size << 8U | static_cast<unsigned char>(text[i]);
    if (text.size() - head < size) return std::nullopt;
    all.push_back({text.front(), text.substr(head, size)});
    text.remove_prefix(head + size);
  }
  return all;
}

bool take(Material& material, const Part& part) {
  switch (part.tag) {
    case part_bytes:
      material.bytes = crypto::Secret(part.content);
      return true;
    case part_private_key:
      material.private_key = crypto::PrivateKey::from_der(part.content);
      return true;
    case part_certificate:
      material.certificates.push_back(crypto::Certificate::from_der(part.content));
      return true;
    default:
      return false;
  }
}

}  // namespace sconectl::casd::secrets
