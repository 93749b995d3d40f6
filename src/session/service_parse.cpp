// `services` (SL-057 to SL-082).
#include <fmt/core.h>

#include "sconectl/session/name.hpp"
#include "sconectl/yaml/sensitivity.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

std::optional<Command> read_command(Reader& map) {
  const yaml::Value* value = map.find("command");
  if (value == nullptr) {
    map.context().warning(map.value(),
                          fmt::format("'{}' is missing: the program starts with its own name as "
                                      "only argument",
                                      map.path("command")));
    return std::nullopt;
  }
  if (value->is_scalar()) return value->text();
  map.since(1, "command");
  if (value->is_sequence()) return map.texts("command");
  map.error(*value, fmt::format("'{}' must be text or a list, this is {}", map.path("command"),
                                kind_name(*value)));
  return std::nullopt;
}

/// A colon without a blank behind it makes one name of a name and the beginning of its value. Only
/// the part before it is shown: the rest may be secret.
void warn_of_odd_name(const yaml::Entry& entry, const std::string& path, Context& context) {
  const auto odd = entry.key.find_first_of(":\"' \t\n");
  if (odd == std::string::npos) return;
  const char c = entry.key[odd];
  context.out.warning(entry.key_location,
                      fmt::format("'{}.{}…': the name of this variable has {} in it{}", path,
                                  entry.key.substr(0, odd),
                                  c == ':'                ? "a colon"
                                  : c == '"' || c == '\'' ? "a quotation mark"
                                                          : "white space",
                                  c == ':' ? "; is the blank behind the colon missing?" : ""));
}

text::Environment read_environment(Reader& map) {
  text::Environment result;
  Context& context = map.context();
  for (const yaml::Entry& entry : map.entries("environment")) {
    const std::string path = map.path("environment") + "." + yaml::shown_key(entry.key);
    warn_of_odd_name(entry, map.path("environment"), context);
    if (entry.key.empty() || entry.key.find('=') != std::string::npos) {
      context.out.error(entry.key_location,
                        fmt::format("'{}': the name of an environment variable can not be empty or "
                                    "hold '='",
                                    path));
    } else if (entry.value.is_null()) {
      result.push_back({entry.key, ""});
    } else if (entry.value.is_scalar()) {
      result.push_back({entry.key, entry.value.text()});
    } else {
      context.error(entry.value,
                    fmt::format("'{}' must be text, this is {}", path, kind_name(entry.value)));
    }
  }
  return result;
}

std::optional<Fspf> read_fspf(Reader& map) {
  Fspf fspf;
  Context& context = map.context();
  const auto path = map.text("fspf_path");
  const yaml::Value* key = map.find("fspf_key");
  fspf.tag = map.hex("fspf_tag", 16);
  map.since(11, "fspf_update_policy");
  const yaml::Value* policy = map.find("fspf_update_policy");
  if (policy != nullptr)
    fspf.update_policy = enum_of<FspfUpdatePolicy>(*policy, map.path("fspf_update_policy"), context)
                             .value_or(fspf.update_policy);
  if (key == nullptr) {
    for (const char* needing : {"fspf_path", "fspf_tag", "fspf_update_policy"})
      map.refuse(needing, "needs 'fspf_key'");
    return std::nullopt;
  }
  if (!path) map.refuse("fspf_key", "needs 'fspf_path'");
  const bool protected_tag =
      fspf.update_policy == FspfUpdatePolicy::rollback_protected_reinitializable;
  if (!map.has("fspf_tag") && protected_tag)
    map.refuse("fspf_key",
               "needs 'fspf_tag', unless 'fspf_update_policy' is no_rollback_protection");
  fspf.path = path.value_or("");
  auto setting = setting_of<std::string>(
      *key, map.path("fspf_key"), context,
      [&](const auto& value) { return hex_of(value, map.path("fspf_key"), 32, context); });
  if (!setting) return std::nullopt;
  fspf.key = *std::move(setting);
  return fspf;
}

std::vector<Setting<std::string>> read_mrenclaves(Reader& map) {
  std::vector<Setting<std::string>> result;
  const auto& list = map.list("mrenclaves");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = map.item_path("mrenclaves", i);
    auto item = setting_of<std::string>(list[i], path, map.context(), [&](const auto& value) {
      return hex_of(value, path, 32, map.context());
    });
    if (item) result.push_back(*std::move(item));
  }
  return result;
}

/// `persistency: None` is what other implementations write out (SL-027, SL-338).
void read_legacy(Reader& map) {
  map.legacy_key("tags");
  map.legacy_key("import");
  const auto persistency = map.text("persistency");
  if (!persistency) return;
  if (*persistency == "None")
    map.without_effect("persistency", "it has no meaning any more");
  else
    map.legacy_key("persistency");
}

Service read_service(const yaml::Value& value, const std::string& path, Context& context) {
  Reader map(value, path, context);
  Service service;
  const std::size_t errors = context.out.errors();
  service.place.at = value.location();
  service.name = map.required_text("name");
  if (const auto wrong = component_fault(service.name); map.has("name") && !wrong.empty())
    map.refuse("name", fmt::format("of a service {}", wrong));
  service.command = read_command(map);
  service.environment = read_environment(map);
  if (auto pwd = map.text("pwd")) service.pwd = *std::move(pwd);
  service.fspf = read_fspf(map);
  service.image_name = map.text("image_name");
  map.since(7, "attestation");
  if (const auto* attestation = map.find("attestation"))
    service.attestation = read_attestation(*attestation, map.path("attestation"), context);
  service.mrenclaves = read_mrenclaves(map);
  if (const auto* platforms = map.find("platforms"))
    service.platforms = read_platforms(*platforms, map.path("platforms"), context);
  map.since(10, "one_time_password_shared_secret");
  service.one_time_password_shared_secret =
      read_setting_text(map, "one_time_password_shared_secret");
  read_legacy(map);
  map.finish();
  service.place.unread = context.out.errors() > errors;
  return service;
}

}  // namespace

std::optional<std::string> read_setting_text(Reader& reader, std::string_view key) {
  const yaml::Value* value = reader.find(key);
  if (value == nullptr) return std::nullopt;
  auto text = text_of(*value, reader.path(key), reader.context());
  if (text && !whole_or_none(*value, reader.path(key), reader.context())) return std::nullopt;
  return text;
}

void read_services(Reader& session, std::vector<Service>& services) {
  read_items(session, "services", services, read_service);
}

}  // namespace sconectl::session
