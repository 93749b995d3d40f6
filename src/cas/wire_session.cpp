// Errors, sessions and public values: RA-011 to RA-059.
#include "json.hpp"
#include "sconectl/cas/wire.hpp"

namespace sconectl::cas {
namespace {

Json or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

Json value_json(const PublicValue& value) {
  Json json = {
      {"kind", value.kind}, {"expires", or_null(value.expires)}, {"renew", or_null(value.renew)}};
  if (value.kind == "config-fragment")
    json["value"] = parse_json(value.value, "config-fragment");
  else
    json["value"] = value.value;
  if (value.chain) json["chain"] = *value.chain;
  return json;
}

PublicValue public_value(const Json& json) {
  const Members members(json, "public value");
  PublicValue value;
  value.kind = members.text("kind");
  if (value.kind == "config-fragment") {
    const auto found = json.find("value");
    if (found == json.end()) members.fail("value", "a JSON tree");
    value.value = json_text(*found);
  } else {
    value.value = members.text("value");
  }
  value.chain = members.optional_text("chain");
  value.expires = members.optional_text("expires");
  value.renew = members.optional_text("renew");
  return value;
}

}  // namespace

std::string encode(const ErrorBody& body) {
  return json_text({{"msg", body.msg}, {"cas_version", body.cas_version}});
}

ErrorBody decode_error_body(std::string_view json) {
  const Json parsed = parse_json(json, "error reply");
  const Members members(parsed, "error reply");
  ErrorBody body{members.texts("msg"), members.optional_text("cas_version").value_or("")};
  if (body.msg.empty()) members.fail("msg", "an array with at least one text");
  return body;
}

std::string encode(const SessionAccepted& reply) {
  Json json = {{"hash", reply.hash}};
  if (!reply.warnings.empty()) json["warnings"] = reply.warnings;
  return json_text(json);
}

SessionAccepted decode_session_accepted(std::string_view json) {
  const Json parsed = parse_json(json, "reply to an upload");
  const Members members(parsed, "reply to an upload");
  return {members.hash("hash"), members.texts_or_none("warnings")};
}

std::string encode(const SessionText& reply) {
  std::string json =
      R"({"hash":)" + json_string(reply.hash) + R"(,"session":)" + json_string(reply.session);
  if (!reply.signatures.empty()) {
    Json signatures = Json::array();
    for (const auto& signature : reply.signatures)
      signatures.push_back({{"signer", signature.signer}, {"signature", signature.signature}});
    json += R"(,"signatures":)" + json_text(signatures);
  }
  return json + "}";
}

SessionText decode_session_text(std::string_view json) {
  const Json parsed = parse_json(json, "session read from a CAS");
  const Members members(parsed, "session read from a CAS");
  SessionText reply{members.text("session"), members.hash("hash"), {}};
  if (members.has("signatures")) {
    for (const Json& element : members.array("signatures")) {
      const Members signature(element, "signature of a session");
      reply.signatures.push_back({signature.text("signer"), signature.text("signature")});
    }
  }
  return reply;
}

std::string encode(const HashReply& reply) {
  return json_text({{"hash", reply.hash}, {"salted", reply.salted}});
}

HashReply decode_hash_reply(std::string_view json) {
  const Json parsed = parse_json(json, "session hash reply");
  const Members members(parsed, "session hash reply");
  return {members.hash("hash"), members.boolean_or("salted", false)};
}

std::string encode(const SessionList& reply) {
  return json_text({{"namespace", reply.namespace_path},
                    {"sessions", reply.sessions},
                    {"next", or_null(reply.next)}});
}

SessionList decode_session_list(std::string_view json) {
  const Json parsed = parse_json(json, "session list");
  const Members members(parsed, "session list");
  return {members.text("namespace"), members.texts("sessions"), members.optional_text("next")};
}

std::string encode(const History& reply) {
  Json versions = Json::array();
  for (const auto& version : reply.versions) {
    versions.push_back({{"hash", version.hash},
                        {"predecessor", or_null(version.predecessor)},
                        {"created", version.created}});
  }
  return json_text({{"versions", versions}});
}

History decode_history(std::string_view json) {
  const Json parsed = parse_json(json, "session history");
  History history;
  for (const Json& element : Members(parsed, "session history").array("versions")) {
    const Members version(element, "version of a session");
    history.versions.push_back(
        {version.hash("hash"), version.optional_hash("predecessor"), version.text("created")});
  }
  return history;
}

std::string encode(const PublicValue& reply) {
  return json_text(value_json(reply));
}

PublicValue decode_public_value(std::string_view json) {
  return public_value(parse_json(json, "public value"));
}

std::string encode(const PublicValues& reply) {
  Json values = Json::object();
  for (const auto& [name, value] : reply.values) values[name] = value_json(value);
  return json_text({{"values", values}});
}

PublicValues decode_public_values(std::string_view json) {
  const Json parsed = parse_json(json, "public values");
  PublicValues result;
  for (const auto& [name, value] : Members(parsed, "public values").object("values").items())
    result.values.emplace(name, public_value(value));
  return result;
}

}  // namespace sconectl::cas
