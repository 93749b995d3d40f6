#include "sconectl/cas/owner_config.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "config_reading.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/toml.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {
namespace {

constexpr std::string_view owner_document = "owner configuration";
constexpr std::string_view mask = "***";
constexpr std::size_t key_digits = 32;

std::string common_name_words(const std::string& text) {
  const auto fault = crypto::common_name_fault(text);
  return fault.empty() ? "" : "is no common name: it " + fault;
}

std::string country_fault(const std::string& text) {
  const bool letters =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return text.empty() || (text.size() == 2 && letters) ? "" : "must be two capital letters";
}

/// A part of a subject's name: as a common name, or empty.
std::string subject_fault(const std::string& text) {
  return text.empty() ? "" : common_name_words(text);
}

std::string email_fault(const std::string& text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  return plain ? subject_fault(text) : "must be of ASCII letters, digits and signs";
}

std::string url_fault(const std::string& text) {
  constexpr std::string_view scheme = "https://";
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  return text.starts_with(scheme) && text.size() > scheme.size() && plain
             ? ""
             : "must be a URL that begins with https://";
}

std::string certificate_fault(const std::string& text) {
  try {
    return crypto::certificates_from_pem(text).empty() ? "holds no certificate" : "";
  } catch (const diag::Error&) {
    return "is no certificate in PEM";
  }
}

/// A key and a certificate in one text; keys are PKCS#8 (CC-050).
std::string identity_fault(const std::string& text) {
  if (text.find("-----BEGIN PRIVATE KEY-----") == std::string::npos)
    return "needs a private key as PKCS#8 ('-----BEGIN PRIVATE KEY-----'); convert it with "
           "'openssl pkcs8 -topk8 -nocrypt'";
  try {
    (void)crypto::PrivateKey::from_pem(text);
  } catch (const diag::Error&) {
    return "holds a private key that can not be read";
  }
  return certificate_fault(text);
}

std::optional<crypto::Secret> checked_secret(yaml::MapReader& map, std::string_view key,
                                             const Fault& fault) {
  auto text = checked_text(map, key, fault);
  if (!text) return std::nullopt;
  return crypto::Secret::adopt(std::move(*text));
}

/// Of `[api_identity]`, which the documentation of the original writes `[api.identity]` too
/// (CC-046).
const yaml::Value* api_identity_section(yaml::MapReader& map) {
  const yaml::Value* preferred = map.find("api_identity");
  const yaml::Value* api = map.find("api");
  if (api == nullptr) return preferred;
  yaml::MapReader older(*api, "api", std::string(owner_document), map.out());
  const yaml::Value* nested = older.find("identity");
  older.finish();
  if (preferred == nullptr) return nested;
  if (nested != nullptr)
    map.error(*nested, "'api.identity' and 'api_identity' are the same section: write one of them");
  return preferred;
}

void read_api_identity(yaml::MapReader& whole, ApiIdentity& identity) {
  const yaml::Value* section = api_identity_section(whole);
  if (section == nullptr) return;
  yaml::MapReader map(*section, "api_identity", std::string(owner_document), whole.out());
  if (map.require("common_name") != nullptr)
    if (auto name = checked_text(map, "common_name", common_name_words))
      identity.common_name = *name;
  if (map.find("alt_names") != nullptr)
    identity.alt_names = checked_texts(map, "alt_names", host_name_fault);
  identity.country_name = checked_text(map, "country_name", country_fault).value_or("");
  identity.org_name = checked_text(map, "org_name", subject_fault).value_or("");
  identity.state_or_province = checked_text(map, "state_or_province", subject_fault).value_or("");
  identity.locality = checked_text(map, "locality", subject_fault).value_or("");
  identity.email = checked_text(map, "email", email_fault).value_or("");
  map.finish();
}

void read_ias(yaml::MapReader& whole, OwnerConfig& config, diag::Diagnostics& warnings) {
  const yaml::Value* section = whole.find("ias");
  if (section == nullptr) return;
  yaml::MapReader map(*section, "ias", std::string(owner_document), whole.out());
  IasConfig& ias = config.ias.emplace();
  ias.spid =
      checked_text(map, "spid", [](const std::string& t) { return hex_fault(t, key_digits); });
  ias.linkable_quotes = map.boolean("linkable_quotes");
  ias.sp_key =
      checked_secret(map, "sp_key", [](const std::string& t) { return hex_fault(t, key_digits); });
  ias.identity = checked_secret(map, "identity", identity_fault);
  const auto uri = checked_text(map, "base_uri", url_fault);
  ias.base_url = checked_text(map, "base_url", url_fault);
  if (uri && ias.base_url && *uri != *ias.base_url)
    map.error(*section->find("base_url"),
              "'ias.base_uri' and 'ias.base_url' mean the same and differ: write one of them");
  if (!ias.base_url) ias.base_url = uri;
  if ((map.find("sp_key") != nullptr) == (map.find("identity") != nullptr))
    map.error(*section, "'ias' needs either 'sp_key' or 'identity', and not both");
  map.finish();
  warnings.warning(section->location(),
                   "'ias' has no effect: attestation by EPID has ended, this CAS judges DCAP");
}

void read_dcap(yaml::MapReader& whole, OwnerConfig& config, diag::Diagnostics& warnings) {
  const yaml::Value* section = whole.find("dcap");
  if (section == nullptr) return;
  yaml::MapReader map(*section, "dcap", std::string(owner_document), whole.out());
  auto key = checked_secret(map, "subscription_key",
                            [](const std::string& t) { return hex_fault(t, key_digits); });
  map.finish();
  if (!key || key->view().find_first_not_of('0') == std::string_view::npos) return;
  config.dcap_subscription_key = std::move(key);
  warnings.warning(section->location(),
                   "'dcap.subscription_key' has no effect: Intel's service asks for none");
}

void read_audit_log(yaml::MapReader& whole, AuditLogConfig& audit) {
  const yaml::Value* section = whole.find("audit_log");
  if (section == nullptr) return;
  yaml::MapReader map(*section, "audit_log", std::string(owner_document), whole.out());
  audit.mode = map.word<AuditMode>("mode").value_or(AuditMode::disabled);
  audit.sink = map.word<AuditSink>("sink").value_or(AuditSink::file);
  audit.url = checked_text(map, "url", url_fault);
  audit.server_ca_certificate = checked_text(map, "server_ca_certificate", certificate_fault);
  const bool network = audit.sink == AuditSink::network;
  if (network && map.find("url") == nullptr)
    map.error(*section, "'audit_log.url' is missing: the sink 'network' needs it");
  for (const std::string_view key : {"url", "server_ca_certificate"})
    if (!network && map.find(key) != nullptr)
      map.error(
          *section->find(key),
          fmt::format("'{}' belongs to the sink 'network', and the sink is 'file'", map.path(key)));
  map.finish();
}

Json json_of(const ApiIdentity& identity) {
  return {{"common_name", identity.common_name},
          {"alt_names", identity.alt_names},
          {"country_name", identity.country_name},
          {"org_name", identity.org_name},
          {"state_or_province", identity.state_or_province},
          {"locality", identity.locality},
          {"email", identity.email}};
}

Json json_of(const AuditLogConfig& audit) {
  Json json = {{"mode", text::word(audit.mode)}, {"sink", text::word(audit.sink)}};
  if (audit.url) json["url"] = *audit.url;
  if (audit.server_ca_certificate) json["server_ca_certificate"] = *audit.server_ca_certificate;
  return json;
}

enum class Secrets { shown, masked };

Json json_of(const IasConfig& ias, Secrets secrets) {
  const auto shown = [secrets](const crypto::Secret& secret) {
    return std::string(secrets == Secrets::shown ? secret.view() : mask);
  };
  Json json = Json::object();
  if (ias.spid) json["spid"] = *ias.spid;
  if (ias.linkable_quotes) json["linkable_quotes"] = *ias.linkable_quotes;
  if (ias.sp_key) json["sp_key"] = shown(*ias.sp_key);
  if (ias.identity) json["identity"] = shown(*ias.identity);
  if (ias.base_url) json["base_url"] = *ias.base_url;
  return json;
}

Json json_of(const OwnerConfig& config, Secrets secrets) {
  Json json = {{"api_identity", json_of(config.api_identity)},
               {"audit_log", json_of(config.audit_log)}};
  if (config.ias) json["ias"] = json_of(*config.ias, secrets);
  if (config.dcap_subscription_key)
    json["dcap"]["subscription_key"] =
        std::string(secrets == Secrets::shown ? config.dcap_subscription_key->view() : mask);
  if (config.enclave_reconnect_timeout)
    json["enclave_reconnect_timeout"] =
        fmt::format("{}s", config.enclave_reconnect_timeout->count());
  return json;
}

}  // namespace

OwnerConfig parse_owner_config(const std::string& name, std::string text,
                               diag::Diagnostics& warnings) {
  diag::Diagnostics out;
  OwnerConfig config;
  yaml::MapReader map(yaml::parse_any_notation(name, std::move(text)), "",
                      std::string(owner_document), out);
  read_api_identity(map, config.api_identity);
  read_ias(map, config, warnings);
  read_dcap(map, config, warnings);
  read_audit_log(map, config.audit_log);
  config.enclave_reconnect_timeout = duration(map, "enclave_reconnect_timeout");
  map.finish();
  out.throw_if_errors();
  return config;
}

crypto::Secret encode(const OwnerConfig& config) {
  const WipedJson json(json_of(config, Secrets::shown));
  return crypto::Secret::adopt(json_text(json.json));
}

std::string masked(const OwnerConfig& config) {
  return json_text(json_of(config, Secrets::masked));
}

}  // namespace sconectl::cas
