// What a running service may still ask and report (RA-084, RA-087, SL-248).
#include <algorithm>

#include "casd/provisioning/file_systems.hpp"
#include "casd/routes/handlers.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// SL-248, SL-249: files may use every secret unless the image lists them, the program only those
/// that are listed.
bool may_have(const LoadedSession& session, const session::Service& service, cas::SecretUse use,
              const std::string& secret) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  if (image == nullptr || !image->provide_secrets)
    return use == cas::SecretUse::file && image != nullptr;
  const auto& listed = *image->provide_secrets;
  return std::find(listed.begin(), listed.end(), secret) != listed.end();
}

session::Placeholder placeholder_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return session::Placeholder(text);
  return session::Placeholder(text.substr(0, colon), text.substr(colon + 1));
}

void note_release(RequestContext& context, const LeaseHolder& service,
                  const cas::SecretsRequest& request) {
  std::set<std::string> names;
  for (const auto& text : request.placeholders)
    names.insert(session::target(placeholder_of(text), [&service](std::string_view name) {
                   return service.session().secret(name) != nullptr;
                 }).secret);
  AuditEvent event("secrets_released");
  event.about(service.session().stored)
      .with("service", service.service().name)
      .with("secrets", names)
      .with("source", context.source);
  const auto receipt = context.state.releases.changes({.service = service.service().name,
                                                       .version = service.session().stored.hash,
                                                       .source = context.source,
                                                       .secrets = names});
  const auto notes = context.state.audit.notes(event);
  if (!notes.empty() || !receipt.empty())
    context.state.store.change_states(service.state_permission(), service.session().stored, receipt,
                                      &notes);
}

/// All of them or none: a file with half of its values is of no use.
std::vector<crypto::Secret> values_of(SecretReader& secrets, const LeaseHolder& service,
                                      const cas::SecretsRequest& request) {
  std::vector<crypto::Secret> values;
  for (const auto& text : request.placeholders) {
    const auto placeholder = placeholder_of(text);
    const auto target = session::target(placeholder, [&service](std::string_view name) {
      return service.session().secret(name) != nullptr;
    });
    if (!may_have(service.session(), service.service(), request.use, target.secret))
      throw Error(ErrorKind::refused, "secret '" + target.secret +
                                          "' is not provided to service '" +
                                          service.service().name + "' (provide_secrets)");
    values.push_back(secrets.text(service.session(), placeholder));
  }
  return values;
}

}  // namespace

Response update_tag(RequestContext& context, const cas::WithLeaseProof<cas::TagUpdate>& request,
                    const LeaseHolder& service) {
  const auto& update = request.message;
  const auto volume = update.volume.value_or("");
  FileSystems file_systems(context.state.store, service.state_permission(), context.state.sessions,
                           context.secrets);
  try {
    AuditEvent event(update.volume ? "volume_fspf_tag_updated" : "service_fspf_tag_updated");
    event.about(service.session().stored)
        .with("service", service.service().name)
        .with("volume", volume)
        .with("source", context.source);
    const auto reply = file_systems.update(service.session(), service.service(), update,
                                           context.state.audit.notes(event));
    log_event(*context.state.log, Severity::debug, "tag updated",
              {{"service", update.claim.service}, {"volume", volume}});
    return json_response(200, cas::encode(reply));
  } catch (const Error& error) {
    log_event(*context.state.log, Severity::warning, "tag refused",
              {{"service", update.claim.service}, {"volume", volume}, {"reason", error.text()}});
    throw;
  }
}

Response provide_secrets(RequestContext& context,
                         const cas::WithLeaseProof<cas::SecretsRequest>& request,
                         const LeaseHolder& service) {
  const auto clear = cas::encode_values(values_of(context.secrets, service, request.message));
  cas::SecretsReply reply;
  reply.sealed = crypto::hpke_seal(request.message.public_key,
                                   cas::secrets_seal_info(request.proof), "", clear.view());
  reply.proof = cas::secrets_reply_proof(service.key(), request.proof, reply.sealed);
  note_release(context, service, request.message);
  context.state.metrics.secrets_released[ReleaseWay::running].add(
      request.message.placeholders.size());
  log_event(*context.state.log, Severity::info, "secrets given to a service",
            {{"service", request.message.claim.service},
             {"count", std::to_string(request.message.placeholders.size())}});
  return json_response(200, cas::encode(reply));
}

/// What the lease was for has ended with the program.
Response note_exit(RequestContext& context, const cas::WithLeaseProof<cas::ExitReport>& request,
                   const LeaseHolder& service) {
  AuditEvent event("service_exited");
  event.about(service.session().stored)
      .with("service", service.service().name)
      .with("status", request.message.status)
      .with("source", context.source);
  context.state.leases.end(service.state_permission(), service.session().stored,
                           service.service().name, request.message.claim.lease,
                           context.state.audit.notes(event));
  log_event(*context.state.log, Severity::info, "service exited",
            {{"service", request.message.claim.service},
             {"status", std::to_string(request.message.status)}});
  return json_response(200, "{}");
}

}  // namespace sconectl::casd
