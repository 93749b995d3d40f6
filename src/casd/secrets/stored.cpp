// Stored form: a byte 1 (the version of the form), then parts: tag (1 byte), length (4 bytes,
// big-endian), content. What kind the parts belong to is known from the session.
#include "casd/material.hpp"
#include "casd/secrets/faults.hpp"
#include "casd/secrets/x509.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

constexpr char form_version = '\1';
constexpr char part_bytes = 'b';
constexpr char part_private_key = 'k';  // DER PKCS#8
constexpr char part_certificate = 'c';  // DER

[[noreturn]] void damaged(const session::Secret& secret) {
  throw diag::Error(diag::ErrorKind::failed,
                    "the stored value of secret '" + secret.name + "' is damaged");
}

void put(crypto::Secret& out, char tag, std::string_view content) {
  std::string head(1, tag);
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    head += static_cast<char>(content.size() >> (shift - 8) & 0xFFU);
  }
  out.append(head);
  out.append(content);
}

struct Part {
  char tag = 0;
  std::string_view content;
};

std::vector<Part> parts(const session::Secret& secret, std::string_view stored) {
  constexpr std::size_t head = 5;
  if (stored.empty() || stored.front() != form_version) damaged(secret);
  stored.remove_prefix(1);
  std::vector<Part> all;
  while (!stored.empty()) {
    if (stored.size() < head) damaged(secret);
    std::size_t size = 0;
    for (std::size_t i = 1; i < head; ++i)
      size = size << 8U | static_cast<unsigned char>(stored[i]);
    if (stored.size() - head < size) damaged(secret);
    all.push_back({stored.front(), stored.substr(head, size)});
    stored.remove_prefix(head + size);
  }
  return all;
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
  crypto::Secret out(std::string_view(&form_version, 1));
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
  for (const auto& part : parts(secret, stored)) {
    switch (part.tag) {
      case part_bytes:
        material.bytes = crypto::Secret(part.content);
        break;
      case part_private_key:
        material.private_key = crypto::PrivateKey::from_der(part.content);
        break;
      case part_certificate:
        material.certificates.push_back(crypto::Certificate::from_der(part.content));
        break;
      default:
        damaged(secret);
    }
  }
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
