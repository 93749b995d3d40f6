// `secrets` (SL-098 to SL-174).
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/session/name.hpp"
#include "secret_fields.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

/// Every parameter of a kind: one that the kind does not read is an error of its own (SL-110).
constexpr std::array<std::string_view, 22> parameters{"value",
                                                      "size",
                                                      "key_type",
                                                      "migrate",
                                                      "private_key",
                                                      "issuer",
                                                      "common_name",
                                                      "endpoint",
                                                      "dns",
                                                      "san",
                                                      "valid_for",
                                                      "tenant_id",
                                                      "client_id",
                                                      "application_secret",
                                                      "certificate_thumbprint",
                                                      "signer",
                                                      "alg",
                                                      "validity",
                                                      "payload",
                                                      "vault",
                                                      "token",
                                                      "secret_name"};

std::optional<SecretKind> read_kind(Reader& map) {
  const yaml::Value* value = map.find("kind");
  if (value == nullptr) return std::nullopt;
  const auto kind = enum_of<SecretKind>(*value, map.path("kind"), map.context());
  if (kind == SecretKind::session_ca && !map.context().legacy)
    map.refuse("kind", "can not be 'session-ca' in version 0.3; use 'x509-ca'");
  return kind;
}

void refuse_foreign_parameters(Reader& map, std::string_view kind,
                               const std::vector<std::string_view>& read) {
  for (const std::string_view key : parameters)
    if (map.has(key) && std::find(read.begin(), read.end(), key) == read.end())
      map.refuse(key, fmt::format("does not belong to a secret of kind '{}'", kind));
}

std::optional<SecretBody> import_body(Reader& map, const Secret& secret,
                                      std::optional<SecretKind> kind) {
  auto body = read_secret_import(map, secret.name);
  map.refuse("value", "excludes 'import'");
  map.refuse("import_akv", "excludes 'import'");
  map.refuse("valid_for", "does not apply to an imported secret");
  if (kind && *kind != SecretKind::private_key)
    map.refuse("migrate", "belongs to secrets of kind 'private-key' only");
  for (const std::string_view key : parameters)
    if (map.has(key) && key != "value" && key != "valid_for" &&
        (key != "migrate" || !kind || *kind == SecretKind::private_key))
      map.without_effect(key, "the secret is imported");
  if (!body) return std::nullopt;
  body->kind = kind;
  return *std::move(body);
}

/// `$$SCONE::name$$`; a plain name, as early public sessions have it, is read with a warning.
std::optional<Placeholder> whole_reference(Reader& map, std::string_view key) {
  const auto text = map.text(key);
  if (!text) return std::nullopt;
  if (auto placeholder = whole_placeholder(*text)) return placeholder;
  if (component_fault(*text).empty()) {
    map.context().warning(*map.value().find(key),
                          fmt::format("'{}': write $$SCONE::{}$$", map.path(key), *text));
    return Placeholder(*text);
  }
  map.refuse(key, "must be exactly one placeholder, $$SCONE::name$$");
  return std::nullopt;
}

std::optional<SecretBody> akv_body(Reader& secret, std::optional<SecretKind> kind) {
  Context& context = secret.context();
  const yaml::Value& value = *secret.find("import_akv");
  secret.since(7, "import_akv");
  Reader map(value, secret.path("import_akv"), context);
  AkvImport body;
  body.vault = map.required_text("vault");
  for (const std::string_view scheme : {"https://"})
    if (body.vault.starts_with(scheme)) body.vault.erase(0, scheme.size());
  if (body.vault.ends_with('/')) body.vault.pop_back();
  if (map.has("vault") &&
      (body.vault.empty() || body.vault.find_first_of("/ ") != std::string::npos))
    map.refuse("vault", "must be a host name such as 'my-vault.vault.azure.net'");
  body.secret_name = map.text("secret_name");
  body.token = whole_reference(map, "token");
  body.decryption_key = whole_reference(map, "decryption_key");
  map.since(10, "decryption_key");
  body.kind = kind;
  map.finish();
  secret.refuse("value", "excludes 'import_akv'");
  const auto allowed = {SecretKind::ascii, SecretKind::binary, SecretKind::private_key,
                        SecretKind::x509};
  if (kind && std::find(allowed.begin(), allowed.end(), *kind) == allowed.end())
    secret.refuse("kind", fmt::format("'{}' can not be imported from a key vault, only 'ascii', "
                                      "'binary', 'private-key' and 'x509'",
                                      text::word(*kind)));
  refuse_foreign_parameters(secret, "import_akv", {"value"});
  return body;
}

std::optional<SecretBody> body_of(Reader& map, SecretKind kind,
                                  std::vector<std::string_view>& read) {
  switch (kind) {
    case SecretKind::ascii:
      read = {"value", "size"};
      return read_ascii(map);
    case SecretKind::binary:
      read = {"value", "size"};
      return read_binary(map);
    case SecretKind::private_key:
      read = {"value", "key_type", "migrate"};
      return read_private_key(map);
    case SecretKind::public_key:
      read = {"value", "private_key"};
      return read_public_key(map);
    case SecretKind::x509:
      read = {"value",    "private_key", "issuer", "common_name",
              "endpoint", "dns",         "san",    "valid_for"};
      return read_x509(map, false);
    case SecretKind::x509_ca:
      read = {"value", "private_key", "issuer", "common_name", "valid_for"};
      return read_x509(map, true);
    case SecretKind::aad_token:
      read = {"tenant_id", "client_id", "application_secret", "private_key",
              "certificate_thumbprint"};
      return read_aad_token(map);
    case SecretKind::config_fragment:
      read = {"value"};
      return read_config_fragment(map);
    case SecretKind::pgp_key:
      map.since(10, "kind");
      return PgpKey{};
    case SecretKind::jwt:
      read = {"signer", "alg", "validity", "payload"};
      return read_jwt(map);
    case SecretKind::session_ca:
      return SessionCa{};
  }
  return std::nullopt;
}

void read_sharing(Reader& map, Secret& secret, std::optional<SecretKind> kind) {
  secret.exports = read_exports(map);
  if (const auto* value = map.find("export_public"))
    secret.export_public =
        boolean_of(*value, map.path("export_public"), map.context()).value_or(false);
  if (kind == SecretKind::aad_token) {
    map.refuse("export", "is not possible for an access token");
    if (secret.export_public) map.refuse("export_public", "is not possible for an access token");
  }
  if (kind == SecretKind::private_key && secret.export_public)
    map.refuse("export_public",
               "would publish a private key; publish a 'public-key' or 'x509' instead");
}

Secret read_secret(const yaml::Value& value, const std::string& path, Context& context) {
  Reader map(value, path, context);
  Secret secret;
  secret.place.at = value.location();
  secret.name = map.required_text("name");
  if (const auto wrong = component_fault(secret.name); map.has("name") && !wrong.empty())
    map.refuse("name", fmt::format("of a secret {}", wrong));
  const auto kind = read_kind(map);
  std::optional<SecretBody> body;
  if (map.has("import")) {
    body = import_body(map, secret, kind);
  } else if (map.has("import_akv")) {
    body = akv_body(map, kind);
  } else if (kind) {
    std::vector<std::string_view> read;
    body = body_of(map, *kind, read);
    refuse_foreign_parameters(map, text::word(*kind), read);
  } else if (!map.has("kind")) {
    context.error(value, fmt::format("'{}' is missing; only a secret with 'import' or 'import_akv' "
                                     "may leave it out",
                                     map.path("kind")));
    for (const std::string_view key : parameters) map.ignore(key);
  } else {
    for (const std::string_view key : parameters) map.ignore(key);
  }
  read_sharing(map, secret, kind);
  map.ignore("import");
  map.ignore("import_akv");
  for (const std::string_view key : {"kind", "name"}) map.ignore(key);
  map.finish();
  secret.place.unread = !body;
  // What is not known is like an import: it may be of any kind.
  secret.body = body ? *std::move(body) : SecretImport{};
  return secret;
}

}  // namespace

void read_secrets(Reader& session, std::vector<Secret>& secrets) {
  read_items(session, "secrets", secrets, read_secret);
}

}  // namespace sconectl::session
