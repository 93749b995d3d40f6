// Identity, attestation, version and health: RA-060 to RA-066.
#include <algorithm>
#include <set>

#include "evidence_json.hpp"
#include "json.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::cas {
namespace {

constexpr std::string_view report_format = "open-cas-report/1";
constexpr std::size_t max_nonce_bytes = 256;
constexpr std::size_t max_quote_bytes = std::size_t{16} << 10U;  // XA-018, as the next
constexpr std::size_t max_certificate_table_bytes = std::size_t{64} << 10U;

Json additional_json(const AdditionalData& data) {
  Json other = Json::object();
  for (const auto& [name, value] : data.other) other[name] = parse_json(value, name);
  other["session_encryption_key"] = data.session_encryption_key;
  other["cert_chain"] = data.cert_chain;
  other["cas_version"] = data.cas_version;
  if (data.owner_certificate_chain)
    other["provisioning_cas_owner_certificate_chain"] = *data.owner_certificate_chain;
  return {
      {"version", data.version},
      {"critical",
       {{"provisioned", data.provisioned}, {"injected_database_key", data.injected_database_key}}},
      {"non_critical", other}};
}

void read_critical(const Json& json, AdditionalData& data) {
  const Members critical(json, "attestation report: critical data");
  data.provisioned = critical.boolean_or("provisioned", true);
  data.injected_database_key = critical.boolean_or("injected_database_key", false);
  for (const auto& [name, value] : json.items()) {
    if (name != "provisioned" && name != "injected_database_key")
      data.unknown_critical.push_back(name);
  }
}

void read_non_critical(const Json& json, AdditionalData& data) {
  const Members other(json, "attestation report: additional data");
  data.session_encryption_key = other.hash("session_encryption_key");
  data.cert_chain = other.text("cert_chain");
  data.cas_version = other.optional_text("cas_version").value_or("");
  data.owner_certificate_chain = other.optional_text("provisioning_cas_owner_certificate_chain");
  static const std::set<std::string, std::less<>> known = {
      "session_encryption_key", "cert_chain", "cas_version",
      "provisioning_cas_owner_certificate_chain"};
  for (const auto& [name, value] : json.items()) {
    if (known.count(name) == 0) data.other.emplace(name, json_text(value));
  }
}

}  // namespace

Json evidence_json(const Evidence& evidence) {
  Json json = {{"type", evidence.type}};
  if (!evidence.quote.empty()) json["quote"] = crypto::base64(evidence.quote);
  for (const auto& [name, bytes] : evidence.collateral)
    json["collateral"][name] = crypto::base64(bytes);
  if (!evidence.certificates.empty()) json["certs"] = crypto::base64(evidence.certificates);
  return json;
}

Evidence evidence(const Json& json) {
  const Members members(json, "evidence");
  members.only({"type", "quote", "collateral", "certs"});
  Evidence result;
  result.type = members.text("type");
  constexpr std::string_view types[] = {"none", "sgx-dcap", "tdx", "sev-snp"};
  if (std::find(std::begin(types), std::end(types), result.type) == std::end(types))
    members.fail("type", "none, sgx-dcap, tdx or sev-snp");
  if (members.has("quote")) result.quote = members.base64_bytes("quote");
  if ((result.type == "none") != result.quote.empty())
    members.fail("quote", "there exactly if the type is not none");
  if (result.quote.size() > max_quote_bytes) members.fail("quote", "at most 16 KiB long");
  if (members.has("certs")) {
    if (result.type != "sev-snp") members.fail("certs", "there only with evidence of SEV-SNP");
    result.certificates = members.base64_bytes("certs");
    if (result.certificates.size() > max_certificate_table_bytes)
      members.fail("certs", "at most 64 KiB long");
  }
  if (members.has("collateral")) {
    const Members collateral(members.object("collateral"), "evidence: collateral");
    for (const auto& [name, value] : members.object("collateral").items())
      result.collateral.emplace(name, collateral.base64_bytes(name.c_str()));
  }
  return result;
}

int negotiated_report_version(std::optional<int> requested) {
  return std::clamp(requested.value_or(oldest_report_version), oldest_report_version,
                    newest_report_version);
}

std::string report_data_preimage(const AdditionalData& data, std::string_view nonce) {
  return json_text({{"additional_data", additional_json(data)}, {"nonce", crypto::hex(nonce)}});
}

std::string encode(const AttestationReport& report) {
  return json_text({{"format", report_format},
                    {"evidence", evidence_json(report.evidence)},
                    {"additional_data", additional_json(report.additional_data)},
                    {"report_data_preimage", report.report_data_preimage}});
}

AttestationReport decode_attestation_report(std::string_view json) {
  const Json parsed = parse_json(json, "attestation report");
  const Members members(parsed, "attestation report");
  if (members.text("format") != report_format) members.fail("format", report_format);
  AttestationReport report;
  report.evidence = evidence(members.object("evidence"));
  const Members additional(members.object("additional_data"), "attestation report");
  report.additional_data.version = static_cast<int>(additional.number("version", 1000));
  read_critical(additional.object("critical"), report.additional_data);
  read_non_critical(additional.object("non_critical"), report.additional_data);
  report.report_data_preimage = members.optional_text("report_data_preimage").value_or("");
  return report;
}

std::string encode(const AttestRequest& request) {
  Json json = {{"nonce", crypto::hex(request.nonce)}};
  if (request.version) json["version"] = *request.version;
  return json_text(json);
}

AttestRequest decode_attest_request(std::string_view json) {
  const Json parsed = parse_json(json, "attestation request");
  const Members members(parsed, "attestation request");
  members.only({"nonce", "version"});
  AttestRequest request{members.hex_bytes("nonce", 16, max_nonce_bytes), std::nullopt};
  if (members.has("version")) request.version = static_cast<int>(members.number("version", 1000));
  return request;
}

std::string encode(const Version& reply) {
  return json_text({{"version", reply.version},
                    {"build", reply.build},
                    {"language", reply.language},
                    {"extensions", reply.extensions}});
}

Version decode_version(std::string_view json) {
  const Json parsed = parse_json(json, "CAS version");
  const Members members(parsed, "CAS version");
  return {members.text("version"), members.optional_text("build").value_or(""),
          members.texts_or_none("language"), members.texts_or_none("extensions")};
}

std::string encode(const Health& reply) {
  const Json snapshot = reply.last_snapshot ? Json(*reply.last_snapshot) : Json();
  Json json = {{"state", reply.healthy ? "HEALTHY" : "UNHEALTHY"},
               {"provisioned", reply.provisioned},
               {"database", {{"writable", reply.database_writable}, {"last_snapshot", snapshot}}},
               {"version", reply.version}};
  if (reply.audit_log_sequence_number)
    json["audit_log"] = {{"sequence_number", *reply.audit_log_sequence_number},
                         {"state", reply.audit_log_state.value_or("writing")},
                         {"waiting", reply.audit_log_waiting},
                         {"lost", reply.audit_log_lost}};
  if (reply.time) json["time"] = reply.time->time_since_epoch().count();
  return json_text(json);
}

/// The year 9999 ends.
constexpr std::uint64_t latest_second = 253'402'300'799;

Health decode_health(std::string_view json) {
  const Json parsed = parse_json(json, "health report");
  const Members members(parsed, "health report");
  Health health;
  const std::string state = members.text("state");
  if (state != "HEALTHY" && state != "UNHEALTHY") members.fail("state", "HEALTHY or UNHEALTHY");
  health.healthy = state == "HEALTHY";
  health.provisioned = members.boolean("provisioned");
  const Members database(members.object("database"), "health report: database");
  health.database_writable = database.boolean("writable");
  health.last_snapshot = database.optional_text("last_snapshot");
  if (members.has("audit_log")) {
    const Members log(members.object("audit_log"), "health report: audit log");
    if (log.has("sequence_number"))
      health.audit_log_sequence_number = log.number("sequence_number", UINT64_MAX);
    health.audit_log_state = log.optional_text("state");
    if (log.has("waiting")) health.audit_log_waiting = log.number("waiting", UINT64_MAX);
    if (log.has("lost")) health.audit_log_lost = log.number("lost", UINT64_MAX);
  }
  if (members.has("time"))
    health.time =
        std::chrono::sys_seconds(std::chrono::seconds(members.number("time", latest_second)));
  health.version = members.optional_text("version").value_or("");
  return health;
}

}  // namespace sconectl::cas
