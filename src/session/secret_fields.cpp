#include "secret_fields.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "json_canonical.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::session {
namespace {

/// A generated value larger than this is a mistake or an attack, never a secret.
constexpr std::uint32_t largest_size = 1U << 20U;
constexpr std::uint32_t default_size = 20;
constexpr std::array<std::string_view, 1> jwt_algorithms{"ES384"};

std::uint32_t read_size(Reader& map, bool is_explicit) {
  const yaml::Value* value = map.find("size");
  if (value == nullptr) return default_size;
  if (is_explicit) {
    map.without_effect("size", "the value is given");
    return default_size;
  }
  return number_of(*value, map.path("size"), 1, largest_size, map.context()).value_or(default_size);
}

/// Runs `use(text)` and reports its Error at the key.
template <typename Use>
void judged(Reader& map, std::string_view key, Use use) {
  try {
    use();
  } catch (const diag::Error& error) {
    map.refuse(key, fmt::format("is not valid: {}", error.text()));
  }
}

/// The name of another secret of this session.
std::optional<std::string> read_secret_name(Reader& map, std::string_view key) {
  auto name = map.text(key);
  if (!name) return std::nullopt;
  const std::string wrong = component_fault(*name);
  if (wrong.empty()) return name;
  map.refuse(key, fmt::format("must be the name of a secret; this {}", wrong));
  return std::nullopt;
}

/// A text or a list of texts: `since`.
std::vector<std::string> read_sans(Reader& map) {
  std::vector<std::string> result = map.one_or_more("san");
  map.since(10, "san");
  for (const std::string& name : result) {
    const bool dns = name.starts_with("dns:") && name.size() > 4;
    const bool ip = name.starts_with("ip:") && name.size() > 3;
    const std::string address = ip ? name.substr(3) : "";
    const bool address_like = std::all_of(address.begin(), address.end(), [](char c) {
      return text::is_hex_digit(c) || c == ':' || c == '.';
    });
    if (ip && address_like) continue;
    if (dns && name.find_first_of(" ,") == std::string::npos) continue;
    map.refuse("san",
               fmt::format("holds '{}'; write dns:<name> or ip:<IPv4 or IPv6 address>", name));
  }
  return result;
}

void read_certificate(Reader& map, X509& body) {
  if (const auto value = map.text("value")) {
    body.value = normal_pem(*value);
    judged(map, "value", [&] {
      if (crypto::certificates_from_pem(*body.value).empty())
        throw diag::Error(diag::ErrorKind::invalid, "it holds no certificate in PEM form");
    });
    for (const char* key : {"common_name", "endpoint", "dns", "san"})
      map.without_effect(key, "the certificate is given");
    map.refuse("valid_for", "does not apply to a certificate that is given");
    return;
  }
  body.common_name = map.text("common_name");
  if (body.common_name && body.common_name->empty()) map.refuse("common_name", "is empty");
  body.valid_for = map.text("valid_for");
  if (body.valid_for) judged(map, "valid_for", [&] { (void)parse_duration(*body.valid_for); });
  if (body.ca) return;
  if (const auto* endpoint = map.find("endpoint"))
    body.endpoint = enum_of<Endpoint>(*endpoint, map.path("endpoint"), map.context());
  body.dns = map.one_or_more("dns");
  body.san = read_sans(map);
  if (!body.dns.empty() && body.endpoint == Endpoint::client)
    map.refuse("dns", "is for servers; 'endpoint: client' excludes it");
}

}  // namespace

std::optional<SecretBody> read_ascii(Reader& map) {
  Ascii body;
  body.value = map.text("value");
  body.size = read_size(map, body.value.has_value());
  if (body.value && body.value->empty())
    map.context().warning(*map.value().find("value"),
                          fmt::format("'{}' is empty", map.path("value")));
  return body;
}

std::optional<SecretBody> read_binary(Reader& map) {
  Binary body;
  if (const auto text = map.text("value")) {
    const auto bytes = crypto::unhex(*text);
    if (!bytes)
      map.refuse("value", text->size() % 2 == 1 ? "must have an even number of hex digits"
                                                : "must be hex digits");
    body.value = bytes ? crypto::hex(*bytes) : "";
  }
  body.size = read_size(map, body.value.has_value());
  return body;
}

std::optional<SecretBody> read_private_key(Reader& map) {
  PrivateKey body;
  map.since(4, "key_type");
  map.since(7, "migrate");
  if (const auto type = map.text("key_type")) {
    body.key_type = crypto::parse_key_type(*type);
    const std::vector<std::string_view> types{"P-256", "P-384", "Ed25519", "RSA-2048", "RSA-3072"};
    if (!body.key_type)
      (void)word_of(*map.value().find("key_type"), map.path("key_type"), types, map.context());
    if (type->starts_with("RSA")) map.since(7, "key_type");
  }
  if (const auto* migrate = map.find("migrate"))
    body.migrate = boolean_of(*migrate, map.path("migrate"), map.context()).value_or(false);
  if (const auto value = map.text("value")) {
    body.value = normal_pem(*value);
    judged(map, "value", [&] {
      const auto type = crypto::PrivateKey::from_pem(*body.value).type();
      if (type == crypto::KeyType::other)
        throw diag::Error(diag::ErrorKind::invalid, "this type of key is not supported");
      if (body.key_type && *body.key_type != type)
        map.refuse("key_type",
                   fmt::format("is {}, but the key is {}", crypto::key_type_name(*body.key_type),
                               crypto::key_type_name(type)));
    });
  }
  return body;
}

std::optional<SecretBody> read_public_key(Reader& map) {
  PublicKey body;
  map.since(11, "kind");
  body.private_key = read_secret_name(map, "private_key");
  if (const auto value = map.text("value")) {
    body.value = normal_pem(*value);
    judged(map, "value", [&] { (void)crypto::PublicKey::from_pem(*body.value); });
    map.refuse("private_key", "excludes 'value'");
  } else if (!map.has("private_key")) {
    map.context().error(map.value(), fmt::format("'{}' is missing: a public key needs the private "
                                                 "key it belongs to, or a value",
                                                 map.path("private_key")));
  }
  return body;
}

std::optional<SecretBody> read_x509(Reader& map, bool ca) {
  X509 body;
  body.ca = ca;
  body.private_key = read_secret_name(map, "private_key");
  body.issuer = read_secret_name(map, "issuer");
  read_certificate(map, body);
  if (!body.value && !map.has("private_key") && !map.context().legacy)
    map.context().error(map.value(), fmt::format("'{}' is missing: a certificate needs a secret of "
                                                 "kind private-key, or a value",
                                                 map.path("private_key")));
  return body;
}

std::optional<SecretBody> read_aad_token(Reader& map) {
  AadToken body;
  map.since(7, "kind");
  body.tenant_id = map.required_text("tenant_id");
  body.client_id = map.required_text("client_id");
  body.application_secret = map.text("application_secret");
  body.private_key = map.text("private_key");
  body.certificate_thumbprint = map.text("certificate_thumbprint");
  const bool certificate = body.private_key && body.certificate_thumbprint;
  const bool half = body.private_key.has_value() != body.certificate_thumbprint.has_value();
  if (half || body.application_secret.has_value() == certificate)
    map.context().error(map.value(), fmt::format("'{}' needs either 'application_secret' or both "
                                                 "'private_key' and 'certificate_thumbprint'",
                                                 map.path("application_secret")));
  if (body.private_key) {
    body.private_key = normal_pem(*body.private_key);
    judged(map, "private_key", [&] {
      const auto type = crypto::PrivateKey::from_pem(*body.private_key).type();
      using enum crypto::KeyType;
      if (type != rsa2048 && type != rsa3072 && type != rsa_other)
        throw diag::Error(diag::ErrorKind::invalid, "it must be an RSA key");
    });
  }
  if (body.certificate_thumbprint && !crypto::unhex(*body.certificate_thumbprint))
    map.refuse("certificate_thumbprint", "must be hex digits");
  return body;
}

std::optional<SecretBody> read_config_fragment(Reader& map) {
  map.since(10, "kind");
  const yaml::Value* value = map.require("value");
  if (value == nullptr) return std::nullopt;
  return ConfigFragment{*value};
}

std::optional<SecretBody> read_jwt(Reader& map) {
  Jwt body;
  Context& context = map.context();
  map.since(12, "kind");
  body.signer =
      map.require("signer") != nullptr ? read_secret_name(map, "signer").value_or("") : "";
  if (const auto* alg = map.require("alg"))
    (void)word_of(*alg, map.path("alg"), jwt_algorithms, context);
  if (const auto* validity = map.require("validity")) {
    Reader inner(*validity, map.path("validity"), context);
    body.valid_for = inner.required_text("for");
    if (inner.has("for")) judged(inner, "for", [&] { (void)parse_duration(body.valid_for); });
    inner.finish();
  }
  for (const yaml::Entry& entry : map.entries("payload")) {
    const std::string path = map.path("payload") + "." + entry.key;
    if (entry.key == "iat" || entry.key == "nbf" || entry.key == "exp") {
      context.error(entry.value, fmt::format("'{}' is filled in by the CAS", path));
    } else if (!entry.value.is_scalar() ||
               (entry.value.plain() && !is_core_text(entry.value.text()))) {
      context.error(entry.value, fmt::format("'{}' must be text; put a number in quotes", path));
    } else {
      body.payload.emplace_back(entry.key, entry.value.text());
    }
  }
  return body;
}

}  // namespace sconectl::session
