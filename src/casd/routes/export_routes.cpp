// Secrets for sessions of other CASes (SL-188).
#include "casd/routes/handlers.hpp"
#include "casd/secrets/exported_material.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::casd {

Response export_secret(RequestContext& context, const cas::ExportRequest& request,
                       const ExportedSecret& secret) {
  const auto material = context.secrets.read(secret);
  log_event(
      *context.state.log, Severity::info, "secret given to another CAS",
      {{"session", request.session}, {"secret", request.secret}, {"importer", request.importer}});
  AuditEvent event("secret_exported");
  event.with("session", request.session)
      .with("secret", request.secret)
      .with("importer", request.importer)
      .with("identity", context.identity)
      .with("source", context.source);
  context.state.audit.note(event);
  context.state.metrics.secrets_released[ReleaseWay::other_cas].add();
  return json_response(200, cas::encode(cas::ExportReply{crypto::hpke_seal(
                                request.public_key, cas::export_seal_info(request), "",
                                secrets::encode_exported(*material).view())}));
}

}  // namespace sconectl::casd
