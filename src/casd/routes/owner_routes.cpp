// What the owner of the CAS does (RA-067, RA-068).
#include "casd/routes/handlers.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

struct ReadConfig {
  cas::OwnerConfig config;
  std::vector<std::string> warnings;
};

/// All that can be found wrong is found before anything changes (CC-049).
ReadConfig config_of(CasState& state, std::string_view text) {
  diag::Diagnostics warnings;
  ReadConfig result{cas::parse_owner_config("owner_config", std::string(text), warnings), {}};
  state.check_api_identity(result.config.api_identity);
  for (const auto& warning : warnings.warnings()) result.warnings.push_back(warning.text);
  if (state.changes_audit_log(result.config.audit_log))
    result.warnings.emplace_back("'audit_log' takes effect when the CAS starts the next time");
  return result;
}

/// It was done by the owner.
Notes noted(const RequestContext& context, std::string_view type) {
  AuditEvent event(type);
  event.with("identity", context.identity).with("source", context.source);
  return context.state.audit.notes(event);
}

Response told(CasState& state, int status, std::vector<std::string> warnings) {
  return json_response(
      status, cas::encode(cas::OwnerReply{state.ownership.owned()->key_hash, std::move(warnings)}));
}

}  // namespace

Response provision(RequestContext& context, const cas::ProvisionRequest& request,
                   const Provisioner& who) {
  CasState& state = context.state;
  if (request.database_key)
    throw Error(ErrorKind::unsupported,
                "'database_key' is not accepted by this build: the database has a key of its own");
  auto read = config_of(state, request.owner_config.view());
  state.ownership.provision(who, std::move(read.config), noted(context, "cas_provisioned"));
  state.owner_config_changed(cas::ApiIdentity{});
  log_event(*state.log, Severity::info, "the CAS was provisioned",
            {{"owner", state.ownership.owned()->key_hash}});
  return told(state, 201, std::move(read.warnings));
}

Response read_config(RequestContext& context, const Owner&) {
  return json_response(200, cas::masked(context.state.ownership.owned()->config));
}

Response replace_config(RequestContext& context, const Owner& who) {
  CasState& state = context.state;
  auto read = config_of(state, context.call.body);
  const auto before = state.ownership.configure(who, std::move(read.config),
                                                noted(context, "owner_config_replaced"));
  state.owner_config_changed(before->config.api_identity);
  log_event(*state.log, Severity::info, "the owner has configured the CAS",
            {{"version", std::to_string(state.ownership.owned()->version)}});
  return told(state, 200, std::move(read.warnings));
}

Response rotate_keys(RequestContext& context, const Owner& who) {
  CasState& state = context.state;
  const auto asked = cas::decode_key_rotation(context.call.body);
  AuditEvent event("cas_keys_rotated");
  event.with("keys", cas::names_of(asked))
      .with("identity", context.identity)
      .with("source", context.source);
  state.rotate_keys(who, asked, state.audit.notes(event));
  const cas::KeyRotationReply now{state.identity.key_hash(), state.identity.software_key_hash(),
                                  state.identity.session_encryption_key()};
  log_event(*state.log, Severity::info, "the owner has given the CAS new keys",
            {{"cas_key_hash", now.cas_key_hash}});
  return json_response(200, cas::encode(now));
}

}  // namespace sconectl::casd
