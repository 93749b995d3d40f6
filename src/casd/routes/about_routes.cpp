// What the CAS says about itself (RA-060 ... RA-065).
#include <charconv>

#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/confidential_vm.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Of a report that names the owner (CC-061).
constexpr int owner_version = 4;

/// The language versions that session::parse reads (SL-029, SL-034).
std::vector<std::string> language_versions() {
  std::vector<std::string> versions = {"0.2"};
  for (int patch = 0; patch <= 12; ++patch) versions.push_back("0.3." + std::to_string(patch));
  return versions;
}

cas::AttestRequest attest_request(const Call& call) {
  if (call.method == "POST") return cas::decode_attest_request(call.body);
  cas::AttestRequest request;
  const auto nonce = crypto::unhex(call.parameter("nonce").value_or(""));
  if (!nonce || nonce->size() < 16)
    throw Error(ErrorKind::invalid, "the query parameter 'nonce' is at least 16 bytes in hex");
  request.nonce = *nonce;
  if (const auto text = call.parameter("version")) {
    int version = 0;
    const auto [end, status] = std::from_chars(text->data(), text->data() + text->size(), version);
    if (status != std::errc() || end != text->data() + text->size() || version < 1)
      throw Error(ErrorKind::invalid, "the query parameter 'version' is a number from 1 on");
    request.version = version;
  }
  return request;
}

void add_audit_log(const AuditLog& log, cas::Health& reply) {
  const auto counts = log.counts();
  reply.audit_log_sequence_number = log.sequence_number();
  reply.audit_log_state = counts.failing == 0             ? "writing"
                          : counts.failing < counts.sinks ? "degraded"
                                                          : "failing";
  reply.audit_log_waiting = counts.waiting;
  reply.audit_log_lost = counts.lost;
}

/// A CAS that demands no owner (the embedded one) counts as provisioned.
cas::Health health(CasState& state) {
  cas::Health reply;
  reply.provisioned = state.ownership.serves();
  reply.database_writable = state.store.writable();
  reply.healthy = reply.database_writable;
  reply.version = cas_version();
  reply.time = state.now();
  if (state.audit.on()) add_audit_log(state.audit, reply);
  return reply;
}

}  // namespace

const std::string& cas_version() {
  static const std::string version = SCONECTL_VERSION;
  return version;
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response read_version(RequestContext&) {
  return json_response(200, cas::encode(cas::Version{cas_version(),
                                                     SCONECTL_VERSION,
                                                     language_versions(),
                                                     {std::string(session::tee_extension)}}));
}

Response attest(RequestContext& context) {
  const auto request = attest_request(context.call);
  // Whoever asks pins what he is told: it is to be the newest.
  context.state.look_for_new_keys();
  const auto& identity = context.state.identity;
  cas::AttestationReport report;
  report.evidence.type = "none";  // explicit, so that nobody takes it for hardware (RA-064)
  auto& data = report.additional_data;
  data.version = cas::negotiated_report_version(request.version);
  data.session_encryption_key = identity.session_encryption_key();
  data.cert_chain = identity.chain_pem();
  data.cas_version = cas_version();
  data.provisioned = context.state.ownership.serves();
  if (const auto owned = context.state.ownership.owned(); owned && data.version >= owner_version)
    data.owner_certificate_chain = owned->certificate_pem;
  report.report_data_preimage = cas::report_data_preimage(data, request.nonce);
  return json_response(200, cas::encode(report));
}

Response read_health(RequestContext& context) {
  return json_response(200, cas::encode(health(context.state)));
}

Response read_liveness(RequestContext&) {
  return json_response(200, R"({"live":true})");
}

bool database_in_doubt(const CasState& state) {
  return !state.store.last_write_succeeded();
}

Response read_readiness(RequestContext& context) {
  const auto not_ready = [](const char* why) {
    return Error(ErrorKind::unavailable, "the CAS is not ready", {why});
  };
  if (context.state.draining) throw not_ready("it is about to stop");
  if (!context.state.ownership.serves()) throw not_ready("it is not provisioned yet");
  if (!context.state.store.writable()) throw not_ready("its database takes no writes");
  return json_response(200, R"({"ready":true})");
}

}  // namespace sconectl::casd
