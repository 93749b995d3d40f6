// What a running service and its CAS say to each other (wire_running.hpp).
#include "sconectl/cas/wire_running.hpp"

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {
namespace {

constexpr std::size_t longest_service = 1024;
constexpr std::size_t longest_volume_name = 4096;
constexpr std::size_t most_placeholders = 10'000;
constexpr std::uint64_t largest_status = 255;

std::string authenticated(std::string_view key, std::string_view message) {
  return std::string(crypto::view(crypto::hmac_sha256(key, message)));
}

Json claim_json(const LeaseClaim& claim) {
  return {{"service", claim.service}, {"lease", crypto::hex(claim.lease)}};
}

// What is signed: the request without its proof. `json_text` sorts the keys.

Json body(const TagUpdate& update) {
  Json json = claim_json(update.claim);
  if (update.volume) json["volume"] = *update.volume;
  if (update.previous_tag) json["previous_tag"] = crypto::hex(*update.previous_tag);
  json["tag"] = crypto::hex(update.tag);
  return json;
}

Json body(const SecretsRequest& request) {
  Json json = claim_json(request.claim);
  json["use"] = request.use == SecretUse::file ? "file" : "program";
  json["placeholders"] = request.placeholders;
  json["public_key"] = crypto::hex(request.public_key);
  return json;
}

Json body(const ExitReport& report) {
  Json json = claim_json(report.claim);
  json["status"] = report.status;
  return json;
}

std::string_view path_of(const TagUpdate& update) {
  return update.volume ? path::service_volume_tag : path::service_fspf_tag;
}
std::string_view path_of(const SecretsRequest&) {
  return path::service_secrets;
}
std::string_view path_of(const ExitReport&) {
  return path::service_exit;
}

template <class Message>
std::string proven(std::string_view key, const Message& message) {
  return authenticated(key, std::string(path_of(message)) + "\n" + json_text(body(message)));
}

template <class Message>
std::string with_proof(std::string_view key, const Message& message) {
  Json json = body(message);
  json["proof"] = crypto::hex(proven(key, message));
  return json_text(json);
}

LeaseClaim claim(const Members& members) {
  LeaseClaim result{members.text("service"),
                    members.hex_bytes("lease", lease_id_bytes, lease_id_bytes)};
  if (result.service.empty() || result.service.size() > longest_service)
    members.fail("service", "1 to 1024 bytes long");
  return result;
}

std::string claimed_proof(const Members& members) {
  return members.hex_bytes("proof", proof_bytes, proof_bytes);
}

TagUpdate tag_update(const Members& members) {
  TagUpdate update;
  update.claim = claim(members);
  if (members.has("previous_tag"))
    update.previous_tag = members.hex_bytes("previous_tag", tag_bytes, tag_bytes);
  update.tag = members.hex_bytes("tag", tag_bytes, tag_bytes);
  return update;
}

}  // namespace

std::string lease_proof(std::string_view key, const TagUpdate& update) {
  return proven(key, update);
}
std::string lease_proof(std::string_view key, const SecretsRequest& request) {
  return proven(key, request);
}
std::string lease_proof(std::string_view key, const ExitReport& report) {
  return proven(key, report);
}

std::string encode(const TagUpdate& update, std::string_view key) {
  return with_proof(key, update);
}
std::string encode(const SecretsRequest& request, std::string_view key) {
  return with_proof(key, request);
}
std::string encode(const ExitReport& report, std::string_view key) {
  return with_proof(key, report);
}

WithLeaseProof<TagUpdate> decode_volume_tag(std::string_view json) {
  const Json parsed = parse_json(json, "tag of a volume");
  const Members members(parsed, "tag of a volume");
  members.only({"service", "lease", "volume", "previous_tag", "tag", "proof"});
  auto update = tag_update(members);
  update.volume = members.text("volume");
  if (update.volume->empty() || update.volume->size() > longest_volume_name)
    members.fail("volume", "1 to 4096 bytes long");
  return {std::move(update), claimed_proof(members)};
}

WithLeaseProof<TagUpdate> decode_fspf_tag(std::string_view json) {
  const Json parsed = parse_json(json, "tag of a file system");
  const Members members(parsed, "tag of a file system");
  members.only({"service", "lease", "previous_tag", "tag", "proof"});
  return {tag_update(members), claimed_proof(members)};
}

WithLeaseProof<SecretsRequest> decode_secrets_request(std::string_view json) {
  const Json parsed = parse_json(json, "request for secrets");
  const Members members(parsed, "request for secrets");
  members.only({"service", "lease", "use", "placeholders", "public_key", "proof"});
  SecretsRequest request;
  request.claim = claim(members);
  const std::string use = members.text("use");
  if (use != "file" && use != "program") members.fail("use", "'file' or 'program'");
  request.use = use == "file" ? SecretUse::file : SecretUse::program;
  request.placeholders = members.texts("placeholders");
  if (request.placeholders.size() > most_placeholders)
    members.fail("placeholders", "an array of at most 10,000 texts");
  request.public_key = members.hex_bytes("public_key", x25519_key_bytes, x25519_key_bytes);
  return {std::move(request), claimed_proof(members)};
}

WithLeaseProof<ExitReport> decode_exit_report(std::string_view json) {
  const Json parsed = parse_json(json, "end of a service");
  const Members members(parsed, "end of a service");
  members.only({"service", "lease", "status", "proof"});
  ExitReport report;
  report.claim = claim(members);
  report.status = static_cast<unsigned>(members.number("status", largest_status));
  return {std::move(report), claimed_proof(members)};
}

std::string encode(const TagReply& reply) {
  return json_text({{"tag", reply.tag ? Json(crypto::hex(*reply.tag)) : Json(nullptr)}});
}

TagReply decode_tag_reply(std::string_view json) {
  const Json parsed = parse_json(json, "reply to a tag");
  const Members members(parsed, "reply to a tag");
  if (!members.optional_text("tag")) return {};
  return {members.hex_bytes("tag", tag_bytes, tag_bytes)};
}

std::string encode(const SecretsReply& reply) {
  return json_text({{"sealed", crypto::base64(reply.sealed)}, {"proof", crypto::hex(reply.proof)}});
}

SecretsReply decode_secrets_reply(std::string_view json) {
  const Json parsed = parse_json(json, "reply with secrets");
  const Members members(parsed, "reply with secrets");
  return {members.base64_bytes("sealed"), claimed_proof(members)};
}

std::string secrets_seal_info(std::string_view proof) {
  return "sconectl secrets of a service v1\n" + std::string(proof);
}

std::string secrets_reply_proof(std::string_view key, std::string_view request_proof,
                                std::string_view sealed) {
  return authenticated(key, "secrets reply\n" + std::string(request_proof) + std::string(sealed));
}

crypto::Secret encode_values(const std::vector<crypto::Secret>& values) {
  crypto::Secret out;
  out.append("[");
  const char* separator = "\"";
  for (const auto& value : values) {
    std::string text = crypto::base64(value.view());
    out.append(std::exchange(separator, ",\""));
    out.append(text);
    out.append("\"");
    crypto::wipe(text);
  }
  out.append("]");
  return out;
}

std::vector<crypto::Secret> decode_values(std::string_view json) {
  const auto wrong = [] {
    return diag::Error(diag::ErrorKind::invalid, "the values of the reply are not base64 texts");
  };
  const WipedJson parsed{parse_json(json, "values of secrets")};
  if (!parsed.json.is_array()) throw wrong();
  std::vector<crypto::Secret> values;
  for (const Json& element : parsed.json) {
    if (!element.is_string()) throw wrong();
    auto bytes = crypto::unbase64(element.get_ref<const std::string&>());
    if (!bytes) throw wrong();
    values.push_back(crypto::Secret::adopt(*std::move(bytes)));
  }
  return values;
}

}  // namespace sconectl::cas
