// `export`, `import` and where they point (SL-175 to SL-189, SL-314 to SL-319).
#include <fmt/core.h>

#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/text/ascii.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

constexpr std::size_t hash_digits = 64;
constexpr std::uint16_t any_port = 1;  ///< the address is only judged here

/// `<session>[:<hash>]` of the legacy dialect.
std::pair<std::string, std::optional<std::string>> legacy_reference(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos ||
      !text::is_hex(std::string_view(text).substr(colon + 1), hash_digits))
    return {text, std::nullopt};
  return {text.substr(0, colon), text::lower(text.substr(colon + 1))};
}

/// A session path in a reference: absolute or relative, a leading '/' allowed (SL-314 ... SL-319).
bool check_path(const yaml::Value& at, const std::string& what, const std::string& path,
                Context& context) {
  std::string_view rest = path;
  if (is_relative(rest)) {
    while (is_relative(rest)) rest.remove_prefix(std::min(rest.find('/'), rest.size() - 1) + 1);
    if (rest.empty()) return true;
  } else if (rest.size() > 1 && rest.front() == '/') {
    rest.remove_prefix(1);
  }
  const std::string wrong = path_fault(rest, context.legacy);
  if (wrong.empty()) return true;
  context.error(at, fmt::format("'{}': the session path {} {}", what, context.shown(path), wrong));
  return false;
}

bool check_cas(const yaml::Value& at, const std::string& what, const RemoteCas& cas,
               const std::string& session, Context& context) {
  if (is_relative(session))
    context.error(at, fmt::format("'{}': a relative path is not possible for another CAS", what));
  try {
    (void)text::parse_address(cas.url, {.otherwise = any_port});
  } catch (const diag::Error& error) {
    context.error(
        at, fmt::format("'{}': the CAS address must be host or host:port: {}", what, error.text()));
  }
  if (crypto::parse_key_hash(cas.key)) return true;
  context.error(at, fmt::format("'{}': '{}' is no key hash (Base58Check, 50 characters; 'cas "
                                "show-identification' prints it)",
                                what, cas.software_key ? "cas_software_key" : "cas_key"));
  return false;
}

std::optional<RemoteCas> read_cas(Reader& map, const std::string& session) {
  const auto url = map.text("cas_url");
  const auto key = map.text("cas_key");
  const auto software_key = map.text("cas_software_key");
  if (!url) {
    for (const char* name : {"cas_key", "cas_software_key"})
      if (map.has(name)) map.refuse(name, "needs 'cas_url'");
    return std::nullopt;
  }
  const yaml::Value& at = *map.value().find("cas_url");
  if (key.has_value() == software_key.has_value()) {
    map.error(at, fmt::format("'{}' needs exactly one of 'cas_key' and 'cas_software_key'",
                              map.path("cas_url")));
    return std::nullopt;
  }
  RemoteCas cas{*url, key ? *key : *software_key, software_key.has_value()};
  for (const std::string_view scheme : {"https://"})
    if (cas.url.starts_with(scheme)) cas.url.erase(0, scheme.size());
  if (cas.url.ends_with('/')) cas.url.pop_back();
  check_cas(at, map.path("cas_url"), cas, session, map.context());
  return cas;
}

std::optional<UrlReference> read_url(const yaml::Value& value, const std::string& path,
                                     Context& context) {
  try {
    auto reference = parse_url_reference(value.text());
    if (reference.session_hash && !text::is_hex(*reference.session_hash, hash_digits)) {
      context.error(value, fmt::format("'{}': session_hash must be 64 hex digits", path));
      return std::nullopt;
    }
    if (reference.session_hash) reference.session_hash = text::lower(*reference.session_hash);
    if (!check_path(value, path, reference.session, context)) return std::nullopt;
    if (reference.cas && !check_cas(value, path, *reference.cas, reference.session, context))
      return std::nullopt;
    return reference;
  } catch (const diag::Error& error) {
    context.error(value, fmt::format("'{}': {}", path, error.text()));
    return std::nullopt;
  }
}

std::optional<ExportTarget> export_map(const yaml::Value& value, const std::string& path,
                                       Context& context) {
  Reader map(value, path, context);
  ExportTarget target;
  const auto session = map.text("session");
  const auto space = map.text("namespace");
  target.session = session ? *session : space.value_or("");
  target.whole_namespace = !session && space;
  target.session_hash = map.hex("session_hash", 32);
  target.cas = read_cas(map, target.session);
  map.since(5, "namespace");
  if (session && space) map.refuse("namespace", "excludes 'session'");
  if (target.whole_namespace) map.refuse("session_hash", "excludes 'namespace'");
  map.finish();
  if (!session && !space) {
    context.error(value, fmt::format("'{}' needs 'session' or 'namespace'", path));
    return std::nullopt;
  }
  const char* key = session ? "session" : "namespace";
  if (!check_path(*value.find(key), map.path(key), target.session, context)) return std::nullopt;
  return target;
}

std::optional<ExportTarget> export_text(const yaml::Value& value, const std::string& path,
                                        Context& context) {
  if (is_url_reference(value.text())) {
    auto url = read_url(value, path, context);
    if (!url) return std::nullopt;
    if (url->secret || url->volume)
      context.error(value,
                    fmt::format("'{}': an export names a session, not a secret or volume", path));
    return ExportTarget{url->session, url->whole_namespace, url->session_hash, url->cas};
  }
  if (!context.legacy) {
    context.error(value, fmt::format("'{}' must be a mapping such as {{session: NAME}} or the form "
                                     "/session=NAME; a plain session name belongs to version 0.2",
                                     path));
    return std::nullopt;
  }
  auto [session, hash] = legacy_reference(value.text());
  if (!check_path(value, path, session, context)) return std::nullopt;
  return ExportTarget{session, false, hash, std::nullopt};
}

std::optional<VolumeExport> volume_export(const yaml::Value& value, const std::string& path,
                                          Context& context) {
  if (value.is_scalar()) {
    auto target = export_text(value, path, context);
    if (!target) return std::nullopt;
    if (target->cas || target->whole_namespace) {
      context.error(
          value, fmt::format("'{}': a volume is exported to sessions of the same CAS only", path));
      return std::nullopt;
    }
    return VolumeExport{target->session, target->session_hash, std::nullopt, std::nullopt};
  }
  Reader map(value, path, context);
  VolumeExport result;
  for (const char* key : {"namespace", "cas_url", "cas_key", "cas_software_key"})
    map.refuse(key,
               "is not possible for volumes: they are exported to sessions of the same CAS only");
  const yaml::Value* to = map.find("to");
  if (to != nullptr) {
    Reader inner(*to, map.path("to"), context);
    for (const char* key : {"namespace", "cas_url", "cas_key", "cas_software_key"})
      inner.refuse(
          key, "is not possible for volumes: they are exported to sessions of the same CAS only");
    result.session = inner.required_text("session");
    result.session_hash = inner.hex("session_hash", 32);
    inner.finish();
    map.refuse("session", "excludes 'to'");
    map.refuse("session_hash", "belongs under 'to'");
    if (const auto* policy = map.find("update_policy"))
      result.update_policy = enum_of<UpdatePolicy>(*policy, map.path("update_policy"), context);
    result.volume_alias = map.text("volume_alias");
    map.since(2, "update_policy");
    map.since(10, "volume_alias");
  } else {
    result.session = map.required_text("session");
    result.session_hash = map.hex("session_hash", 32);
    for (const char* key : {"update_policy", "volume_alias"})
      map.refuse(key, "needs the form with 'to': {to: {session: NAME}, ...}");
  }
  map.finish();
  if (result.session.empty() || !check_path(value, path, result.session, context))
    return std::nullopt;
  return result;
}

template <typename T, typename Read>
std::vector<T> each(Reader& owner, std::string_view key, Read read) {
  std::vector<T> result;
  const yaml::Value* found = owner.find(key);
  if (found == nullptr) return result;
  if (!found->is_sequence()) {
    if (auto item = read(*found, owner.path(key), owner.context()))
      result.push_back(*std::move(item));
    return result;
  }
  for (std::size_t i = 0; i < found->items().size(); ++i)
    if (auto item = read(found->items()[i], owner.item_path(key, i), owner.context()))
      result.push_back(*std::move(item));
  return result;
}

}  // namespace

std::vector<ExportTarget> read_exports(Reader& secret) {
  return each<ExportTarget>(
      secret, "export", [](const yaml::Value& value, const std::string& path, Context& context) {
        return value.is_scalar() ? export_text(value, path, context)
                                 : export_map(value, path, context);
      });
}

std::vector<VolumeExport> read_volume_exports(Reader& volume) {
  return each<VolumeExport>(volume, "export", volume_export);
}

std::optional<SecretImport> read_secret_import(Reader& secret, const std::string& own_name) {
  const yaml::Value* value = secret.find("import");
  if (value == nullptr) return std::nullopt;
  Context& context = secret.context();
  const std::string path = secret.path("import");
  SecretImport result;
  if (value->is_scalar() && is_url_reference(value->text())) {
    auto url = read_url(*value, path, context);
    if (!url) return std::nullopt;
    if (!url->secret || url->whole_namespace || url->volume) {
      context.error(*value, fmt::format("'{}' needs session= and secret=", path));
      return std::nullopt;
    }
    return SecretImport{url->session, *url->secret, url->session_hash, url->cas, std::nullopt};
  }
  if (value->is_scalar() && context.legacy) {
    auto [session, hash] = legacy_reference(value->text());
    if (!check_path(*value, path, session, context)) return std::nullopt;
    return SecretImport{session, own_name, hash, std::nullopt, std::nullopt};
  }
  Reader map(*value, path, context);
  result.session = map.required_text("session");
  // The legacy form names a secret of the same name.
  result.secret = context.legacy && !map.has("secret") ? (map.ignore("secret"), own_name)
                                                       : map.required_text("secret");
  result.session_hash = map.hex("session_hash", 32);
  result.cas = read_cas(map, result.session);
  map.finish();
  if (result.session.empty() || result.secret.empty()) return std::nullopt;
  if (!check_path(*value->find("session"), map.path("session"), result.session, context))
    return std::nullopt;
  if (const auto wrong = component_fault(result.secret); !wrong.empty())
    context.error(*value, fmt::format("'{}': the secret's name {}", path, wrong));
  return result;
}

std::optional<VolumeImport> read_volume_import(Reader& volume, const std::string& own_name) {
  const yaml::Value* value = volume.find("import");
  if (value == nullptr) return std::nullopt;
  Context& context = volume.context();
  const std::string path = volume.path("import");
  if (value->is_scalar() && is_url_reference(value->text())) {
    auto url = read_url(*value, path, context);
    if (!url) return std::nullopt;
    if (!url->volume || url->whole_namespace || url->secret || url->cas) {
      context.error(*value, fmt::format("'{}' needs session= and volume= of this CAS", path));
      return std::nullopt;
    }
    return VolumeImport{url->session, *url->volume, url->session_hash};
  }
  if (value->is_scalar() && context.legacy) {
    auto [session, hash] = legacy_reference(value->text());
    if (!check_path(*value, path, session, context)) return std::nullopt;
    return VolumeImport{session, own_name, hash};
  }
  Reader map(*value, path, context);
  VolumeImport result;
  result.session = map.required_text("session");
  result.volume = context.legacy && !map.has("volume") ? (map.ignore("volume"), own_name)
                                                       : map.required_text("volume");
  result.session_hash = map.hex("session_hash", 32);
  map.finish();
  if (result.session.empty() || result.volume.empty() ||
      !check_path(*value->find("session"), map.path("session"), result.session, context))
    return std::nullopt;
  return result;
}

}  // namespace sconectl::session
