// The service interface: spec/cas-rest.md §B8.
#include <set>
#include <stdexcept>

#include "evidence_json.hpp"
#include "json.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {
namespace {

constexpr std::size_t max_config_id_bytes = 1024;

std::string_view role_name(ProofRole role) {
  switch (role) {
    case ProofRole::client:
      return "client";
    case ProofRole::server:
      return "server";
    case ProofRole::config:
      return "config";
  }
  return "";
}

std::string bytes_without_nul(const Members& members, const char* key) {
  std::string bytes = members.base64_bytes(key);
  if (bytes.find('\0') != std::string::npos) members.fail(key, "without NUL bytes");
  return bytes;
}

std::string path_text(const Members& members, const char* key) {
  std::string text = members.text(key);
  if (text.find('\0') != std::string::npos) members.fail(key, "without NUL bytes");
  return text;
}

void append_text(crypto::Secret& out, std::string_view text) {
  out.append(json_text(Json(text)));
}

void append_base64(crypto::Secret& out, std::string_view bytes) {
  std::string text = crypto::base64(bytes);
  out.append("\"");
  out.append(text);
  out.append("\"");
  crypto::wipe(text);
}

}  // namespace

std::string encode(const Challenge& challenge) {
  return json_text({{"nonce", crypto::hex(challenge.nonce)}});
}

Challenge decode_challenge(std::string_view json) {
  const Json parsed = parse_json(json, "service challenge");
  const Members members(parsed, "service challenge");
  return {members.hex_bytes("nonce", service_nonce_bytes, service_nonce_bytes)};
}

std::string encode(const ConfigRequest& request) {
  Json json = {{"config_id", request.config_id},
               {"nonce", crypto::hex(request.nonce)},
               {"evidence", evidence_json(request.evidence)},
               {"public_key", crypto::hex(request.public_key)}};
  if (request.access_token_proof)
    json["access_token_proof"] = crypto::hex(*request.access_token_proof);
  return json_text(json);
}

ConfigRequest decode_config_request(std::string_view json) {
  const Json parsed = parse_json(json, "service request");
  const Members members(parsed, "service request");
  members.only({"config_id", "nonce", "evidence", "public_key", "access_token_proof"});
  ConfigRequest request;
  request.config_id = members.text("config_id");
  if (request.config_id.empty() || request.config_id.size() > max_config_id_bytes)
    members.fail("config_id", "1 to 1024 bytes long");
  request.nonce = members.hex_bytes("nonce", service_nonce_bytes, service_nonce_bytes);
  // RA-088: evidence may be absent; whether that is good enough is the session's decision.
  if (members.has("evidence")) request.evidence = evidence(members.object("evidence"));
  request.public_key = members.hex_bytes("public_key", service_key_bytes, service_key_bytes);
  if (members.has("access_token_proof"))
    request.access_token_proof = members.hex_bytes("access_token_proof", proof_bytes, proof_bytes);
  return request;
}

std::string encode(const ConfigReply& reply) {
  Json json = {{"sealed", crypto::base64(reply.sealed)}};
  if (reply.server_proof) json["server_proof"] = crypto::hex(*reply.server_proof);
  if (reply.config_proof) json["config_proof"] = crypto::hex(*reply.config_proof);
  return json_text(json);
}

ConfigReply decode_config_reply(std::string_view json) {
  const Json parsed = parse_json(json, "service configuration reply");
  const Members members(parsed, "service configuration reply");
  ConfigReply reply;
  reply.sealed = members.base64_bytes("sealed");
  if (members.has("server_proof"))
    reply.server_proof = members.hex_bytes("server_proof", proof_bytes, proof_bytes);
  if (members.has("config_proof"))
    reply.config_proof = members.hex_bytes("config_proof", proof_bytes, proof_bytes);
  return reply;
}

std::string proof(std::string_view token, ProofRole role, std::string_view nonce,
                  std::string_view public_key, std::string_view sealed) {
  if (nonce.size() != service_nonce_bytes || public_key.size() != service_key_bytes)
    throw std::invalid_argument("proof: nonce and public key have 32 bytes");
  std::string message(role_name(role));
  message.append(nonce).append(public_key).append(sealed);
  return std::string(crypto::view(crypto::hmac_sha256(token, message)));
}

bool proof_matches(std::string_view expected, std::string_view given) {
  return crypto::constant_time_equal(expected, given);
}

std::string configuration_seal_info(const ConfigRequest& request) {
  return "sconectl service configuration v1\n" + request.nonce + request.config_id;
}

Configuration::~Configuration() {
  for (auto& argument : argv) crypto::wipe(argument);
  for (auto& [name, value] : environment) crypto::wipe(value);
  for (auto& file : files) crypto::wipe(file.content);
}

crypto::Secret encode(const Configuration& configuration) {
  crypto::Secret out;
  const char* separator = "";
  out.append(R"({"argv":[)");
  for (const auto& argument : configuration.argv) {
    out.append(std::exchange(separator, ","));
    append_base64(out, argument);
  }
  separator = "";
  out.append(R"(],"environment":[)");
  for (const auto& [name, value] : configuration.environment) {
    out.append(std::exchange(separator, ","));
    out.append(R"({"name":)");
    append_text(out, name);
    out.append(R"(,"value":)");
    append_base64(out, value);
    out.append("}");
  }
  out.append(R"(],"pwd":)");
  append_text(out, configuration.pwd);
  separator = "";
  out.append(R"(,"files":[)");
  for (const auto& file : configuration.files) {
    out.append(std::exchange(separator, ","));
    out.append(R"({"path":)");
    append_text(out, file.path);
    out.append(R"(,"mode":)" + std::to_string(file.mode) + R"(,"content":)");
    append_base64(out, file.content);
    out.append("}");
  }
  out.append("]}");
  return out;
}

Configuration decode_configuration(std::string_view json) {
  const WipedJson parsed{parse_json(json, "service configuration")};
  const Members members(parsed.json, "service configuration");
  members.only({"argv", "environment", "pwd", "files"});
  Configuration result;
  for (const Json& element : members.array("argv")) {
    if (!element.is_string()) members.fail("argv", "an array of base64 texts");
    auto bytes = crypto::unbase64(element.get_ref<const std::string&>());
    if (!bytes || bytes->find('\0') != std::string::npos)
      members.fail("argv", "base64 texts without NUL bytes");
    result.argv.push_back(*std::move(bytes));
  }
  std::set<std::string> names;
  for (const Json& element : members.array("environment")) {
    const Members variable(element, "service configuration: environment");
    variable.only({"name", "value"});
    std::string name = path_text(variable, "name");
    if (name.empty() || name.find('=') != std::string::npos || !names.insert(name).second)
      variable.fail("name", "a name without '=' that stands there once");
    result.environment.emplace_back(std::move(name), bytes_without_nul(variable, "value"));
  }
  result.pwd = path_text(members, "pwd");
  for (const Json& element : members.array("files")) {
    const Members file(element, "service configuration: file");
    file.only({"path", "content", "mode"});
    ConfigurationFile& added = result.files.emplace_back();
    added.path = path_text(file, "path");
    if (added.path.empty()) file.fail("path", "a path");
    added.content = file.base64_bytes("content");
    added.mode = static_cast<unsigned>(file.number("mode", 0777));
  }
  return result;
}

}  // namespace sconectl::cas
