// Provisioning of services (RA-083 ... RA-088).
#include "casd/provisioning/configuration.hpp"
#include "casd/provisioning/service_demands.hpp"
#include "casd/routes/handlers.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::casd {

namespace {

cas::ConfigReply sealed_reply(const cas::ConfigRequest& request,
                              const cas::Configuration& configuration,
                              const std::optional<crypto::Secret>& token) {
  const auto clear = cas::encode(configuration);
  cas::ConfigReply reply;
  reply.sealed = crypto::hpke_seal(request.public_key, cas::configuration_seal_info(request), "",
                                   clear.view());
  if (token) {
    reply.server_proof =
        cas::proof(token->view(), cas::ProofRole::server, request.nonce, request.public_key);
    reply.config_proof = cas::proof(token->view(), cas::ProofRole::config, request.nonce,
                                    request.public_key, reply.sealed);
  }
  return reply;
}

/// CC-069.
Notes release_notes(const RequestContext& context, const AttestedService& service,
                    const std::set<std::string>& secrets, bool runs_already) {
  if (!context.state.audit.on()) return {};
  const auto& version = service.session().stored;
  AuditEvent attested("service_attested");
  attested.about(version)
      .with("service", service.service().name)
      .with("renewed", runs_already ? "yes" : "")
      .with("source", context.source)
      .with("enclave", service.enclave());
  if (secrets.empty()) return {attested.text()};
  AuditEvent released("secrets_released");
  released.about(version).with("service", service.service().name).with("secrets", secrets);
  return {attested.text(), released.text()};
}

}  // namespace

Response make_challenge(RequestContext& context) {
  auto& state = context.state;
  return json_response(200,
                       cas::encode(cas::Challenge{state.challenges.make(state.clock.steady())}));
}

Response configure_service(RequestContext& context, const cas::ConfigRequest& request,
                           const AttestedService& service) {
  auto& state = context.state;
  const auto& session = service.session();
  const auto& name = service.service().name;
  FileSystems file_systems(state.store, service.state_permission(), state.sessions,
                           context.secrets);
  std::set<std::string> released;
  auto configuration = service_configuration(session, service.service(), request.protects_files,
                                             context.secrets, file_systems, released);
  const auto notes = release_notes(context, service, released, request.runs_already);
  const auto receipt = state.releases.changes({.service = name,
                                               .version = session.stored.hash,
                                               .source = context.source,
                                               .secrets = released});
  const bool needs_lease =
      !configuration.templates.empty() || !configuration.volumes.empty() || configuration.fspf;
  if (needs_lease && !request.runs_already)
    configuration.lease =
        state.leases.grant(service.state_permission(), session.stored, name,
                           {.version = session.stored.hash,
                            .demands = demands_digest(session, service.service(), context.secrets),
                            .source = context.source},
                           notes, receipt);
  else if (!notes.empty() || !receipt.empty())
    state.store.change_states(service.state_permission(), session.stored, receipt, &notes);
  state.metrics.configurations_released.add();
  state.metrics.secrets_released[ReleaseWay::configuration].add(released.size());
  const auto reply = sealed_reply(request, configuration, service.access_token());
  log_event(*state.log, Severity::info,
            request.runs_already ? "service renewed" : "service configured",
            {{"session", session.session.name}, {"service", name}});
  return json_response(200, cas::encode(reply));
}

}  // namespace sconectl::casd
