// A secret as a row of parts: a byte 1 (the version of the form), then for each part its tag
// (1 byte), its length (4 bytes, big-endian) and its content.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "casd/secrets/material.hpp"

namespace sconectl::casd::secrets {

constexpr char part_bytes = 'b';
constexpr char part_private_key = 'k';  // DER PKCS#8
constexpr char part_certificate = 'c';  // DER
constexpr char part_public_key = 'p';   // DER SubjectPublicKeyInfo
constexpr char part_fragment = 'f';     // JSON
constexpr char part_kind = 't';         // the word of the session language

struct Part {
  char tag = 0;
  std::string_view content;
};

[[nodiscard]] crypto::Secret no_parts();
void put(crypto::Secret& parts, char tag, std::string_view content);
/// Nothing if this is not such a row. The parts point into `text`.
[[nodiscard]] std::optional<std::vector<Part>> parts(std::string_view text);
/// Puts bytes, a private key or a certificate into the material; false for any other part.
[[nodiscard]] bool take(Material& material, const Part& part);

}  // namespace sconectl::casd::secrets
