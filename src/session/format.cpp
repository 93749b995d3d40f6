// The one table of formats (SL-115 to SL-174).
#include <algorithm>
#include <array>

#include "sconectl/session/placeholder.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {
namespace {

struct Row {
  SecretKind kind;
  std::string_view suffix;
  Format format;
};

using enum SecretKind;
constexpr std::array rows{
    Row{ascii, "", Format::text},
    Row{binary, "", Format::raw},
    Row{binary, "bin", Format::raw},
    Row{binary, "hex", Format::hex},
    Row{binary, "base64", Format::base64},
    Row{binary, "base64url", Format::base64url},
    Row{binary, "base32", Format::base32},
    Row{binary, "base32nopad", Format::base32nopad},
    Row{binary, ".hex", Format::hex},
    Row{private_key, "", Format::private_key_pem},
    Row{private_key, "pem", Format::private_key_pem},
    Row{private_key, "pkcs8:pem", Format::private_key_pem},
    Row{private_key, "der", Format::private_key_der},
    Row{private_key, "pkcs8:der", Format::private_key_der},
    Row{public_key, "", Format::public_key_pem},
    Row{public_key, "spki:pem", Format::public_key_pem},
    Row{public_key, "spki:der", Format::public_key_der},
    Row{x509, "", Format::certificate_pem},
    Row{x509, "crt", Format::certificate_pem},
    Row{x509, "crt:pem", Format::certificate_pem},
    Row{x509, "crt:der", Format::certificate_der},
    Row{x509, "privatekey", Format::private_key_pem},
    Row{x509, "privatekey:pem", Format::private_key_pem},
    Row{x509, "privatekey:pkcs8:pem", Format::private_key_pem},
    Row{x509, "privatekey:der", Format::private_key_der},
    Row{x509, "privatekey:pkcs8:der", Format::private_key_der},
    Row{x509, "chain", Format::chain},
    Row{x509, "pkcs12-with-private-key", Format::pkcs12},
    Row{x509, ".crt", Format::certificate_pem},
    Row{x509, ".key", Format::private_key_pem},
    Row{x509, ".chain", Format::legacy_chain},
    Row{aad_token, "", Format::text},
    Row{config_fragment, "", Format::text},
    Row{pgp_key, "privatekey:asciiarmored", Format::pgp_private_armored},
    Row{pgp_key, "privatekey:binary", Format::pgp_private_binary},
    Row{pgp_key, "privatekey:base64", Format::pgp_private_base64},
    Row{pgp_key, "publickey:asciiarmored", Format::pgp_public_armored},
    Row{pgp_key, "publickey:binary", Format::pgp_public_binary},
    Row{pgp_key, "publickey:base64", Format::pgp_public_base64},
    Row{jwt, "", Format::text},
    Row{session_ca, "", Format::certificate_pem},
    Row{session_ca, ".crt", Format::certificate_pem},
};

/// The kinds that share their rows with another.
constexpr SecretKind table_kind(SecretKind kind) {
  return kind == x509_ca ? x509 : kind;
}

constexpr std::array<std::string_view, 4> dot_suffixes{".crt", ".key", ".chain", ".hex"};

}  // namespace

std::optional<Format> format_of(SecretKind kind, std::string_view suffix) {
  for (const Row& row : rows)
    if (row.kind == table_kind(kind) && row.suffix == suffix) return row.format;
  return std::nullopt;
}

std::vector<std::string_view> suffixes_of(SecretKind kind) {
  std::vector<std::string_view> result;
  for (const Row& row : rows)
    if (row.kind == table_kind(kind)) result.push_back(row.suffix);
  return result;
}

bool is_text(Format format) {
  switch (format) {
    case Format::raw:
    case Format::private_key_der:
    case Format::public_key_der:
    case Format::certificate_der:
    case Format::pkcs12:
    case Format::pgp_private_binary:
    case Format::pgp_public_binary:
      return false;
    default:
      return true;
  }
}

Target target(const Placeholder& placeholder, const std::function<bool(std::string_view)>& exists) {
  Target plain{placeholder.name, placeholder.suffix};
  if (!placeholder.suffix.empty() || exists(placeholder.name)) return plain;
  for (const std::string_view dot : dot_suffixes) {
    const std::string_view name = placeholder.name;
    if (!name.ends_with(dot)) continue;
    const std::string_view base = name.substr(0, name.size() - dot.size());
    if (exists(base)) return {std::string(base), std::string(dot)};
  }
  return plain;
}

}  // namespace sconectl::session
