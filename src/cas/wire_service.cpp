// How a service gets its configuration: RA-083 to RA-088.
#include <stdexcept>

#include "evidence_json.hpp"
#include "json.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::cas {
namespace {

constexpr std::size_t max_config_id_bytes = 1024;

/// What stands before the 32 bytes of an X25519 key in its SubjectPublicKeyInfo (RFC 8410 §4).
constexpr std::string_view x25519_spki("\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00", 12);

std::string with_length(std::string_view bytes) {
  std::string result;
  for (unsigned shift = 32; shift > 0;) {
    shift -= 8;
    result += static_cast<char>(bytes.size() >> shift & 0xFFU);
  }
  return result.append(bytes);
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
  if (request.protects_files) json["protects_files"] = true;
  if (request.runs_already) json["runs_already"] = true;
  return json_text(json);
}

ConfigRequest decode_config_request(std::string_view json) {
  const Json parsed = parse_json(json, "service request");
  const Members members(parsed, "service request");
  members.only({"config_id", "nonce", "evidence", "public_key", "access_token_proof",
                "protects_files", "runs_already"});
  ConfigRequest request;
  request.config_id = members.text("config_id");
  if (request.config_id.empty() || request.config_id.size() > max_config_id_bytes)
    members.fail("config_id", "1 to 1024 bytes long");
  request.nonce = members.hex_bytes("nonce", service_nonce_bytes, service_nonce_bytes);
  // RA-088: evidence may be absent; whether that is good enough is the session's decision.
  if (members.has("evidence")) request.evidence = evidence(members.object("evidence"));
  request.public_key = members.hex_bytes("public_key", x25519_key_bytes, x25519_key_bytes);
  if (members.has("access_token_proof"))
    request.access_token_proof = members.hex_bytes("access_token_proof", proof_bytes, proof_bytes);
  request.protects_files = members.boolean_or("protects_files", false);
  request.runs_already = members.boolean_or("runs_already", false);
  return request;
}

std::string report_data(const EvidenceBinding& binding) {
  return crypto::sha512("open-cas/evidence/v1\n" + with_length(binding.role) +
                        with_length(binding.cas_key) + with_length(binding.nonce) +
                        with_length(binding.spki) + with_length(binding.config_id));
}

std::string report_data(const ConfigRequest& request, std::string_view cas_key) {
  return report_data({.cas_key = std::string(cas_key),
                      .nonce = request.nonce,
                      .spki = std::string(x25519_spki) + request.public_key,
                      .config_id = request.config_id.substr(0, request.config_id.find('@'))});
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
  if (nonce.size() != service_nonce_bytes || public_key.size() != x25519_key_bytes)
    throw std::invalid_argument("proof: nonce and public key have 32 bytes");
  std::string message(text::word(role));
  message.append(nonce).append(public_key).append(sealed);
  return std::string(crypto::view(crypto::hmac_sha256(token, message)));
}

bool proof_matches(std::string_view expected, std::string_view given) {
  return crypto::constant_time_equal(expected, given);
}

std::string configuration_seal_info(const ConfigRequest& request) {
  return "sconectl service configuration v1\n" + request.nonce + request.config_id;
}

}  // namespace sconectl::cas
