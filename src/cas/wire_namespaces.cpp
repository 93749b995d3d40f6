#include "sconectl/cas/wire_namespaces.hpp"

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {

namespace {

constexpr std::string_view key_word = "SCONECTL-NAMESPACE-KEY-";
constexpr std::string_view key_request = "key of a namespace";
constexpr std::string_view status_reply = "state of a namespace";

/// Without its first copy left behind.
crypto::Secret hex_of(const crypto::Secret& key) {
  return crypto::Secret::adopt(crypto::hex(key.view()));
}

}  // namespace

crypto::Secret namespace_key_file(const crypto::Secret& key) {
  crypto::Secret text(
      "# key of a sealed namespace of a CAS: without it nothing there can be read, by nobody\n");
  text.append(key_word);
  text.append(hex_of(key).view());
  text.append("\n");
  return text;
}

std::optional<crypto::Secret> parse_namespace_key(std::string_view text) {
  std::optional<crypto::Secret> key;
  for (const auto part : text::split(text, '\n')) {
    const auto line = text::trimmed(part);
    if (line.empty() || line.starts_with('#')) continue;
    if (key || !line.starts_with(key_word)) return std::nullopt;
    auto bytes = crypto::unhex(line.substr(key_word.size()));
    if (!bytes || bytes->size() != namespace_key_bytes) return std::nullopt;
    key = crypto::Secret::adopt(std::move(*bytes));
  }
  return key;
}

crypto::Secret encode(const NamespaceKeyRequest& request) {
  const WipedJson json(Json{{"key", crypto::hex(request.key.view())}});
  return crypto::Secret::adopt(json_text(json.json));
}

NamespaceKeyRequest decode_namespace_key(std::string_view text) {
  const WipedJson json(parse_json(text, key_request));
  const Members members(json.json, key_request);
  members.only({"key"});
  return {
      crypto::Secret::adopt(members.hex_bytes("key", namespace_key_bytes, namespace_key_bytes))};
}

std::string encode(const NamespaceStatus& reply) {
  Json json{{"sealed", !reply.name.empty()}, {"locked", reply.locked}};
  if (!reply.name.empty()) json["namespace"] = reply.name;
  if (!reply.warnings.empty()) json["warnings"] = reply.warnings;
  return json_text(json);
}

NamespaceStatus decode_namespace_status(std::string_view json) {
  const Json parsed = parse_json(json, status_reply);
  const Members members(parsed, status_reply);
  NamespaceStatus status;
  if (members.boolean("sealed")) status.name = members.text("namespace");
  status.locked = members.boolean("locked");
  status.warnings = members.texts_or_none("warnings");
  return status;
}

}  // namespace sconectl::cas
