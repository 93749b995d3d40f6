// Secrets between CASes (SL-188).
#include "json.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::cas {

std::string encode(const ExportRequest& request) {
  Json json = {{"importer", request.importer},
               {"importer_hash", request.importer_hash},
               {"passed_on", request.passed_on},
               {"session", request.session},
               {"secret", request.secret},
               {"cas_chain", request.cas_chain},
               {"public_key", crypto::hex(request.public_key)}};
  if (request.session_hash) json["session_hash"] = *request.session_hash;
  return json_text(json);
}

ExportRequest decode_export_request(std::string_view json) {
  const Json parsed = parse_json(json, "export request");
  const Members members(parsed, "export request");
  members.only({"importer", "importer_hash", "passed_on", "session", "session_hash", "secret",
                "cas_chain", "public_key"});
  ExportRequest request;
  request.importer = members.text("importer");
  request.importer_hash = members.hash("importer_hash");
  request.passed_on = members.boolean("passed_on");
  request.session = members.text("session");
  request.session_hash = members.optional_hash("session_hash");
  request.secret = members.text("secret");
  request.cas_chain = members.text("cas_chain");
  request.public_key = members.hex_bytes("public_key", x25519_key_bytes, x25519_key_bytes);
  return request;
}

std::string export_seal_info(const ExportRequest& request) {
  return "sconectl secret for another CAS v1\n" + request.importer + "\n" + request.session + "\n" +
         request.secret;
}

std::string encode(const ExportReply& reply) {
  return json_text({{"sealed", crypto::base64(reply.sealed)}});
}

ExportReply decode_export_reply(std::string_view json) {
  const Json parsed = parse_json(json, "export reply");
  return {Members(parsed, "export reply").base64_bytes("sealed")};
}

}  // namespace sconectl::cas
