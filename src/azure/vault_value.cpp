#include "sconectl/azure/vault_value.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "azure/envelope.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;
using session::SecretKind;

namespace {

[[noreturn]] void unusable(std::string_view why) {
  throw Error(ErrorKind::refused, std::string(why));
}

bool has_certificate(std::string_view text) {
  return text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos;
}

bool has_key(std::string_view text) {
  return text.find("PRIVATE KEY-----") != std::string_view::npos;
}

TextValue text_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) unusable("its value holds a NUL byte");
  if (!text::is_utf8(text)) unusable("its value is not UTF-8 text; is its kind 'binary'?");
  return {crypto::Secret(text)};
}

BytesValue bytes_of(std::string_view text) {
  auto bytes = crypto::unhex(text::trimmed(text));
  if (!bytes)
    unusable(
        "its value is not an even number of hex digits, which bytes are written in; other bytes "
        "need an envelope (decryption_key) and the type 'binary'");
  return {crypto::Secret::adopt(std::move(*bytes))};
}

crypto::PrivateKey key_of(std::string_view pem) {
  try {
    return crypto::PrivateKey::from_any_pem(pem, []() -> crypto::Secret {
      unusable("its private key is encrypted with a passphrase");
    });
  } catch (const Error& error) {
    unusable(error.text());
  }
}

crypto::PrivateKey key_of_pkcs1(const crypto::Secret& der) {
  auto base64 = crypto::base64(der.view());
  crypto::Secret pem("-----BEGIN RSA PRIVATE KEY-----\n");
  constexpr std::size_t columns = 64;
  for (std::size_t at = 0; at < base64.size(); at += columns) {
    pem.append(std::string_view(base64).substr(at, columns));
    pem.append("\n");
  }
  pem.append("-----END RSA PRIVATE KEY-----\n");
  crypto::wipe(base64);
  return key_of(pem.view());
}

/// The one whose key it is, or that issued none of the others.
std::vector<crypto::Certificate>::const_iterator leaf_of(
    const std::vector<crypto::Certificate>& all, const std::optional<crypto::PrivateKey>& key) {
  return std::find_if(all.begin(), all.end(), [&](const crypto::Certificate& each) {
    if (key) return each.public_key() == key->public_key();
    return std::none_of(all.begin(), all.end(), [&](const crypto::Certificate& other) {
      return !(other == each) && other.issuer_der() == each.subject_der();
    });
  });
}

/// Vaults keep the order of whoever uploaded it, which is often wrong.
std::vector<crypto::Certificate> ordered(std::vector<crypto::Certificate> all,
                                         const std::optional<crypto::PrivateKey>& key) {
  const auto leaf = leaf_of(all, key);
  if (leaf == all.end())
    unusable(key ? "none of its certificates is for its private key"
                 : "its certificates are no chain");
  std::vector<crypto::Certificate> chain{*leaf};
  while (chain.size() < all.size()) {
    const auto issuer = std::find_if(all.begin(), all.end(), [&](const crypto::Certificate& each) {
      return std::find(chain.begin(), chain.end(), each) == chain.end() &&
             chain.back().issued_by(each);
    });
    if (issuer == all.end()) break;  // what is left belongs to another chain
    chain.push_back(*issuer);
  }
  return chain;
}

CertificateValue certificate_of(std::string_view pem) {
  CertificateValue value;
  if (has_key(pem)) value.key = key_of(pem);
  try {
    value.chain = ordered(crypto::certificates_from_pem(pem), value.key);
  } catch (const Error& error) {
    unusable(error.text());
  }
  return value;
}

/// What is PEM as a whole: a text may quote some.
SecretKind kind_of(std::string_view text) {
  if (!text::trimmed(text).starts_with("-----BEGIN ")) return SecretKind::ascii;
  if (has_certificate(text)) return SecretKind::x509;
  return has_key(text) ? SecretKind::private_key : SecretKind::ascii;
}

VaultValue plain_value(std::string_view text, std::optional<SecretKind> kind) {
  switch (kind.value_or(kind_of(text))) {
    case SecretKind::binary:
      return bytes_of(text);
    case SecretKind::private_key:
      if (!has_key(text)) unusable("its value holds no private key in PEM");
      return key_of(text);
    case SecretKind::x509:
      if (!has_certificate(text))
        unusable(
            "its value holds no certificate in PEM; a certificate in PKCS#12 can be used as text "
            "(kind ascii) only");
      return certificate_of(text);
    default:
      return text_of(text);
  }
}

VaultValue decrypted_value(const VaultSecret& secret, std::optional<SecretKind> kind,
                           const crypto::Secret& key) {
  auto plain = open_envelope(secret.value.view(), key);
  const auto require = [&](SecretKind meant) {
    if (kind.value_or(meant) != meant)
      unusable(fmt::format("its type in the vault is '{}', and the session has another kind",
                           secret.content_type));
  };
  if (secret.content_type == "binary") {
    require(SecretKind::binary);
    return BytesValue{std::move(plain)};
  }
  if (secret.content_type == "PKCS#1") {
    require(SecretKind::private_key);
    return key_of_pkcs1(plain);
  }
  if (kind == SecretKind::binary)
    unusable("the session has kind 'binary', and its type in the vault is not 'binary'");
  return plain_value(plain.view(), kind);
}

}  // namespace

VaultValue vault_value(const VaultSecret& secret, std::optional<SecretKind> kind,
                       const crypto::Secret* decryption_key) {
  if (decryption_key != nullptr) return decrypted_value(secret, kind, *decryption_key);
  return plain_value(secret.value.view(), kind);
}

}  // namespace sconectl::azure
