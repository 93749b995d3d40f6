#include "sconectl/cas/wire_owner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {

namespace {
constexpr std::string_view provisioning = "provisioning request";
constexpr std::string_view key_rotation = "request for new keys";

constexpr std::array<std::pair<std::string_view, bool KeyRotation::*>, 3> keys_by_name = {
    {{"root", &KeyRotation::root},
     {"software", &KeyRotation::software},
     {"session-encryption", &KeyRotation::session_encryption}}};
}  // namespace

crypto::Secret encode(const ProvisionRequest& request) {
  const WipedJson json(
      Json{{"token", crypto::hex(request.token.view())},
           {"owner_config", parse_json(request.owner_config.view(), "owner_config")}});
  return crypto::Secret::adopt(json_text(json.json));
}

ProvisionRequest decode_provision_request(std::string_view text) {
  const WipedJson json(parse_json(text, provisioning));
  const Members members(json.json, provisioning);
  members.only({"token", "owner_config", "database_key"});
  ProvisionRequest result;
  result.token = crypto::Secret::adopt(
      members.hex_bytes("token", provisioning_token_bytes, provisioning_token_bytes));
  result.owner_config = crypto::Secret::adopt(json_text(members.object("owner_config")));
  result.database_key = members.has("database_key");
  return result;
}

std::string encode(const OwnerReply& reply) {
  return json_text({{"owner", reply.owner}, {"warnings", reply.warnings}});
}

OwnerReply decode_owner_reply(std::string_view json) {
  const Json parsed = parse_json(json, "reply to the owner");
  const Members members(parsed, "reply to the owner");
  return {members.text("owner"), members.texts_or_none("warnings")};
}

std::set<std::string> names_of(const KeyRotation& rotation) {
  auto made = rotation;
  made.software = rotation.new_software();
  std::set<std::string> names;
  for (const auto& [name, key] : keys_by_name)
    if (made.*key) names.emplace(name);
  return names;
}

std::string encode(const KeyRotation& rotation) {
  return json_text({{"rotate", names_of(rotation)}});
}

KeyRotation decode_key_rotation(std::string_view json) {
  const Json parsed = parse_json(json, key_rotation);
  const Members members(parsed, key_rotation);
  members.only({"rotate"});
  KeyRotation result;
  const auto names = members.texts_or_none("rotate");
  if (names.empty())
    throw diag::Error(diag::ErrorKind::invalid, "the request names no key in 'rotate'");
  for (const auto& name : names) {
    const auto* const found = std::find_if(keys_by_name.begin(), keys_by_name.end(),
                                           [&](const auto& key) { return key.first == name; });
    if (found == keys_by_name.end())
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("'{}' is none of root, software and session-encryption", name.substr(0, 64)));
    result.*found->second = true;
  }
  return result;
}

std::string encode(const KeyRotationReply& reply) {
  return json_text({{"cas_key_hash", reply.cas_key_hash},
                    {"cas_software_key_hash", reply.cas_software_key_hash},
                    {"session_encryption_key", reply.session_encryption_key}});
}

KeyRotationReply decode_key_rotation_reply(std::string_view json) {
  const Json parsed = parse_json(json, "reply to a request for new keys");
  const Members members(parsed, "reply to a request for new keys");
  return {members.text("cas_key_hash"), members.text("cas_software_key_hash"),
          members.hash("session_encryption_key")};
}

std::optional<crypto::Secret> parse_provisioning_token(std::string_view text) {
  auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != provisioning_token_bytes) return std::nullopt;
  return crypto::Secret::adopt(std::move(*bytes));
}

}  // namespace sconectl::cas
