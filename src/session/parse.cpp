#include "sconectl/session/parse.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/check.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

constexpr unsigned newest_patch = 12;
/// Of a text that a CAS sends: what its reply can hold.
constexpr std::size_t most_stored_bytes = 32UL * 1024 * 1024;

/// N of `0.3.N`, -1 for `0.3`, nothing for what is not a version of 0.3.
std::optional<int> patch_of(std::string_view version) {
  if (version == "0.3") return -1;
  if (!version.starts_with("0.3.")) return std::nullopt;
  version.remove_prefix(4);
  const auto patch = text::number<unsigned>(version);
  const bool leading_zero = version.size() > 1 && version.front() == '0';
  if (!patch || leading_zero || *patch > newest_patch) return std::nullopt;
  return static_cast<int>(*patch);
}

std::string read_version(Reader& map) {
  Context& context = map.context();
  const auto version = map.text("version");
  if (!version) {
    context.legacy = true;
    if (!map.has("version"))
      context.warning(map.value(),
                      "'version' is missing: the session is read as the old version 0.2; "
                      "add 'version: \"0.3\"'");
    return "";
  }
  const yaml::Value& at = *map.value().find("version");
  if (*version == "0.1" || *version == "0.2") {
    context.legacy = true;
    context.warning(at, fmt::format("version {} of the language is deprecated; use 0.3", *version));
  } else if (const auto patch = patch_of(*version)) {
    context.patch = *patch;
  } else {
    context.error(at,
                  fmt::format("'version' can not be '{}'; supported are 0.3, 0.3.0 to 0.3.{} and "
                              "the old 0.2 and 0.1",
                              *version, newest_patch));
  }
  return *version;
}

void read_identity(Reader& map, Session& session) {
  Context& context = map.context();
  session.name = map.required_text("name");
  if (map.has("name"))
    if (const auto wrong = path_fault(session.name, context.legacy); !wrong.empty())
      map.refuse("name", "of the session " + wrong);
  map.since(11, "namespace_hash");
  map.since(12, "salt");
  session.namespace_hash = map.hex("namespace_hash", 32);
  session.predecessor = map.hex("predecessor", 32);
  session.salt = map.hex("salt", 16);
  if (map.has("namespace_hash") && map.has("predecessor"))
    map.refuse("namespace_hash", "excludes 'predecessor': it is compared at creation only");
  if (session.namespace_hash && session.name == "/")
    map.refuse("namespace_hash", "is not possible for the root session, which has no namespace");
}

/// `token` and `vault` may stand under the tagged value or beside `store_in` (SL-194).
std::optional<AkvStore> read_store(Reader& session) {
  const yaml::Value* config = session.find("secret_config");
  if (config == nullptr) return std::nullopt;
  session.since(10, "secret_config");
  Context& context = session.context();
  Reader map(*config, "secret_config", context);
  const yaml::Value* store = config->find("store_in");
  map.ignore("store_in");
  std::optional<AkvStore> result;
  if (store != nullptr && store->tag() == "!akv") {
    const bool inside = store->is_mapping();
    Reader inner(inside ? *store : *config, inside ? "secret_config.store_in" : "secret_config",
                 context);
    inner.ignore("store_in");
    result = AkvStore{inner.required_text("token"), inner.required_text("vault")};
    if (!result->token.empty() && !whole_placeholder(result->token))
      inner.refuse("token", "must be exactly one placeholder of a secret of kind aad-token");
    inner.finish();
    if (!inside) return result;
  } else if (store == nullptr || store->tag() != "!cas") {
    const yaml::Value& at = store == nullptr ? *config : *store;
    context.error(at, "'secret_config.store_in' must be '!cas' or '!akv {token: …, vault: …}'");
  } else if (store->is_mapping() || !store->text().empty()) {
    context.error(*store, "'secret_config.store_in: !cas' takes no parameters");
  }
  map.finish();
  return result;
}

void read_policies(Reader& map, Session& session) {
  Context& context = map.context();
  if (const auto* value = map.find("access_policy")) {
    auto policy = setting_of<AccessPolicy>(
        *value, "access_policy", context,
        [&](const auto& given) { return read_access_policy(given, "access_policy", context); });
    if (policy) session.access_policy = *std::move(policy);
  }
  map.since(1, "security");
  if (const auto* value = map.find("security")) {
    auto security = setting_of<Security>(*value, "security", context, [&](const auto& given) {
      return read_security(given, "security", context);
    });
    if (security) session.security = *std::move(security);
  }
  if (const auto* value = map.find("creator")) session.creator = read_creator(*value, context);
}

}  // namespace

Session parse(const yaml::Value& document, diag::Diagnostics& out, Origin origin) {
  Session session;
  Context context{.out = out, .stored = origin == Origin::stored};
  if (document.is_null()) {
    context.error(document, "the session is empty; it needs at least 'name' and 'version'");
    return session;
  }
  check_scalars(document, context);
  Reader map(document, "", context);
  if (!document.is_mapping()) return session;
  session.place.at = document.location();
  session.version = read_version(map);
  read_identity(map, session);
  read_services(map, session.services);
  read_secrets(map, session.secrets);
  session.secret_store = read_store(map);
  read_volumes(map, session.volumes);
  read_images(map, session.images);
  const std::size_t errors = out.errors();
  read_policies(map, session);
  session.place.unread = out.errors() > errors;
  for (const char* key : {"digest", "board_members", "board_policy", "exports"})
    map.legacy_key(key);
  map.finish();
  return session;
}

std::vector<Secret> parse_secrets(const yaml::Value& list, diag::Diagnostics& out) {
  if (list.is_null()) return {};
  const auto& at = list.location();
  std::vector<yaml::Entry> entries;
  entries.push_back({"name", at, yaml::Value::scalar("secrets", false, at)});
  entries.push_back({"version", at, yaml::Value::scalar("0.3.10", false, at)});
  entries.push_back({"secrets", at, list});
  return parse(yaml::Value::mapping(std::move(entries), at), out).secrets;
}

Session parse_and_check(const yaml::Value& document, diag::Diagnostics& out, Origin origin) {
  diag::Diagnostics own;
  Session session = parse(document, own, origin);
  if (own.has_errors())
    check_relations(session, own);
  else
    check(session, own);
  out.add(own);
  return session;
}

Session parse_text(const std::string& source_name, std::string text, diag::Diagnostics* out) {
  const auto document = yaml::parse_document(source_name, std::move(text));
  diag::Diagnostics own;
  Session session = parse_and_check(document, own);
  own.throw_if_errors();
  if (out != nullptr) out->add(own);
  return session;
}

Session parse_stored(const std::string& source_name, std::string text) {
  const auto document =
      yaml::parse_document(source_name, std::move(text), {.bytes = most_stored_bytes});
  diag::Diagnostics own;
  Session session = parse_and_check(document, own, Origin::stored);
  own.throw_if_errors();
  return session;
}

}  // namespace sconectl::session
