#include "sconectl/cas/wire_owner.hpp"

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {

namespace {
constexpr std::string_view provisioning = "provisioning request";
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

std::optional<crypto::Secret> parse_provisioning_token(std::string_view text) {
  auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != provisioning_token_bytes) return std::nullopt;
  return crypto::Secret::adopt(std::move(*bytes));
}

}  // namespace sconectl::cas
