// `security` (SL-286 to SL-313, XA-013).
#include <fmt/core.h>

#include <algorithm>

#include "sconectl/session/attestation_provider.hpp"
#include "sconectl/text/ascii.hpp"

#include "sections.hpp"

namespace sconectl::session {
namespace {

std::vector<Setting<Tolerance>> read_tolerate(Reader& map) {
  std::vector<Setting<Tolerance>> result;
  const auto values = map.one_or_more_values("tolerate");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string path = map.item_path("tolerate", i);
    auto item = setting_of<Tolerance>(
        values[i], path, map.context(), [&](const yaml::Value& value) -> std::optional<Tolerance> {
          if (value.is_scalar() && value.text() == "debug") {
            map.context().warning(value, fmt::format("'{}': read 'debug' as 'debug-mode'", path));
            return Tolerance::debug_mode;
          }
          return enum_of<Tolerance>(value, path, map.context());
        });
    if (!item) continue;
    const auto* word = std::get_if<Tolerance>(&*item);
    if (word != nullptr && *word == Tolerance::maa_managed_tcb)
      map.context().since(7, values[i], path);
    if (word != nullptr && *word == Tolerance::local_attestation_trust_cas_tcb)
      map.context().since(11, values[i], path);
    result.push_back(*std::move(item));
  }
  return result;
}

bool is_advisory(std::string_view text) {
  constexpr std::string_view prefix = "INTEL-SA-";
  return text.size() == prefix.size() + 5 && text.starts_with(prefix) &&
         text::is_digits(text.substr(prefix.size()));
}

std::vector<std::string> read_advisories(Reader& map) {
  std::vector<std::string> result;
  const auto values = map.one_or_more_values("ignore_advisories");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string path = map.item_path("ignore_advisories", i);
    const auto text = text_of(values[i], path, map.context());
    if (!text) continue;
    if (*text == "*" || is_advisory(*text) || whole_placeholder(*text))
      result.push_back(*text);
    else
      map.error(values[i], fmt::format("'{}' must be 'INTEL-SA-' and 5 digits, or \"*\"", path));
  }
  return result;
}

std::optional<std::vector<std::string>> read_certificates(Reader& map) {
  if (!map.has("certificates")) return map.ignore("certificates"), std::nullopt;
  std::vector<std::string> result;
  const auto& list = map.list("certificates");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = map.item_path("certificates", i);
    const auto text = text_of(list[i], path, map.context());
    if (!text) continue;
    result.push_back(normal_pem(*text));
    if (const auto wrong = certificate_fault(result.back()); !wrong.empty())
      map.error(list[i], fmt::format("'{}' is no certificate: {}", path, wrong));
  }
  return result;
}

std::vector<std::string> read_quoting_keys(Reader& map) {
  std::vector<std::string> result;
  const auto& list = map.list("trusted_scone_qe_pubkeys");
  for (std::size_t i = 0; i < list.size(); ++i)
    if (auto key = hex_of(list[i], map.item_path("trusted_scone_qe_pubkeys", i), 32, map.context()))
      result.push_back(*std::move(key));
  return result;
}

Setting<bool> read_flag(Reader& map, std::string_view key) {
  const yaml::Value* value = map.find(key);
  if (value == nullptr) return false;
  return setting_of<bool>(*value, map.path(key), map.context(),
                          [&](const yaml::Value& given) {
                            return boolean_of(given, map.path(key), map.context());
                          })
      .value_or(false);
}

std::optional<SecurityAttestation> read_section(const yaml::Value& value, const std::string& path,
                                                Context& context) {
  Reader map(value, path, context);
  SecurityAttestation result;
  result.place.at = value.location();
  if (const auto* mode = map.find("mode")) {
    auto setting = setting_of<AttestationMode>(
        *mode, map.path("mode"), context, [&](const yaml::Value& given) {
          return enum_of<AttestationMode>(given, map.path("mode"), context);
        });
    if (setting) result.mode = *std::move(setting);
  }
  result.tolerate = read_tolerate(map);
  result.ignore_advisories = read_advisories(map);
  result.trusted_scone_qe_pubkeys = read_quoting_keys(map);
  result.one_time_password_shared_secret =
      read_setting_text(map, "one_time_password_shared_secret");
  result.must_be_sgx_local = read_flag(map, "must_be_sgx_local");
  result.url = map.text("url");
  if (result.url && !whole_placeholder(*result.url) && !is_attestation_provider(*result.url))
    map.refuse("url", fmt::format("must have the form {}", attestation_provider_form));
  result.certificates = read_certificates(map);
  if (const auto* size = map.find("min_rsa_signing_key_size"))
    result.min_rsa_signing_key_size =
        number_of(*size, map.path("min_rsa_signing_key_size"), 1, 65536, context);
  result.min_tcb = read_min_tcb(map);
  if (map.has("require_crl")) result.require_crl = read_flag(map, "require_crl");
  map.ignore("require_crl");
  for (const char* key : {"url", "certificates", "min_rsa_signing_key_size"}) map.since(7, key);
  map.since(8, "one_time_password_shared_secret");
  map.since(11, "must_be_sgx_local");
  map.finish();
  return result;
}

}  // namespace

std::optional<Security> read_security(const yaml::Value& value, const std::string& path,
                                      Context& context) {
  Reader map(value, path, context);
  Security security;
  if (const auto* attestation = map.find("attestation")) {
    auto setting = setting_of<SecurityAttestation>(
        *attestation, map.path("attestation"), context, [&](const yaml::Value& given) {
          return read_section(given, map.path("attestation"), context);
        });
    if (setting) security.attestation = *std::move(setting);
  }
  map.since(9, "singleton_enclaves");
  map.since(9, "service_access_token");
  security.singleton_enclaves = read_flag(map, "singleton_enclaves");
  security.service_access_token = read_setting_text(map, "service_access_token");
  if (security.service_access_token && security.service_access_token->empty())
    map.refuse("service_access_token", "is empty");
  map.finish();
  return security;
}

}  // namespace sconectl::session
