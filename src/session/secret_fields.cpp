#include "secret_fields.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "json_canonical.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::session {
namespace {

/// A generated value larger than this is a mistake or an attack, never a secret.
constexpr std::uint32_t largest_size = 1U << 20U;
constexpr std::uint32_t default_size = 20;
/// A CAS verifies signatures to put a chain in order.
constexpr std::size_t longest_chain = 32;
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

/// One name or a list of names; those that the CAS would refuse are refused where they stand.
template <typename Fault>
std::vector<std::string> read_names(Reader& map, std::string_view key, Fault fault) {
  std::vector<std::string> result = map.one_or_more(key);
  if (map.context().stored) return result;
  for (const yaml::Value& name : map.one_or_more_values(key)) {
    if (!name.is_scalar()) continue;  // which was reported
    if (const std::string wrong = fault(name.text()); !wrong.empty())
      map.context().error(name, fmt::format("'{}': {}", map.path(key), wrong));
  }
  return result;
}

std::string dns_fault(std::string_view name) {
  const std::string wrong = crypto::dns_name_fault(name);
  return wrong.empty() ? "" : fmt::format("'{}' {}", name, wrong);
}

/// `dns:NAME` or `ip:ADDRESS` (SL-141).
std::string san_fault(std::string_view text) {
  const std::string_view value = text.substr(text.find(':') + 1);
  if (text.starts_with("dns:")) return dns_fault(value);
  if (!text.starts_with("ip:"))
    return fmt::format("'{}' is neither dns:<name> nor ip:<IPv4 or IPv6 address>", text);
  const std::string wrong = crypto::ip_address_fault(value);
  return wrong.empty() ? "" : fmt::format("'{}' {}", value, wrong);
}

/// The first certificate counts, the others are taken for its chain (SL-147). By their names only:
/// signatures would cost the reader more than the writer.
void warn_of_chain_order(Reader& map, const std::vector<crypto::Certificate>& chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (chain[i - 1].issuer_der() == chain[i].subject_der()) continue;
    map.context().warning(
        *map.value().find("value"),
        fmt::format("'{}': certificate {} of {} did not issue the one before it; the first is the "
                    "certificate, and what follows is its chain up to the root",
                    map.path("value"), i + 1, chain.size()));
    return;
  }
}

/// What a CAS refuses of a certificate that is given.
void check_explicit(const X509& body, const std::vector<crypto::Certificate>& chain) {
  if (chain.size() > longest_chain)
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("it holds more than {} certificates", longest_chain));
  if (body.ca && !chain.front().is_ca())
    throw diag::Error(diag::ErrorKind::invalid, "it is not a CA certificate");
}

void read_certificate(Reader& map, X509& body) {
  if (const auto value = map.text("value")) {
    body.value = normal_pem(*value);
    judged(map, "value", [&] {
      const auto chain = crypto::certificates_from_pem(*body.value);
      if (chain.empty())
        throw diag::Error(diag::ErrorKind::invalid, "it holds no certificate in PEM form");
      if (!map.context().stored) check_explicit(body, chain);
      warn_of_chain_order(map, chain);
    });
    for (const char* key : {"common_name", "endpoint", "dns", "san"})
      map.without_effect(key, "the certificate is given");
    map.refuse("valid_for", "does not apply to a certificate that is given");
    return;
  }
  body.common_name = map.text("common_name");
  if (body.common_name && !map.context().stored)
    if (const auto wrong = crypto::common_name_fault(*body.common_name); !wrong.empty())
      map.refuse("common_name", wrong);
  body.valid_for = map.text("valid_for");
  if (body.valid_for) judged(map, "valid_for", [&] { (void)parse_duration(*body.valid_for); });
  if (body.ca) return;
  if (const auto* endpoint = map.find("endpoint"))
    body.endpoint = enum_of<Endpoint>(*endpoint, map.path("endpoint"), map.context());
  body.dns = read_names(map, "dns", dns_fault);
  body.san = read_names(map, "san", san_fault);
  map.since(10, "san");
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
  if (auto text = map.text("value")) {
    // A block scalar ends with a line end, which is no part of the digits.
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    const auto bytes = crypto::unhex(*text);
    if (!bytes)
      map.refuse("value", text::is_hex(*text, text->size())
                              ? "must have an even number of hex digits"
                              : "must be hex digits, without blanks");
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
    const std::string path = map.path("payload") + "." + yaml::shown_key(entry.key);
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
