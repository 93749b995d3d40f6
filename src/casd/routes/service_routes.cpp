// Provisioning of services (RA-083 ... RA-088).
#include "casd/provisioning/configuration.hpp"
#include "casd/provisioning/one_time_password.hpp"
#include "casd/routes/routes.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using session::AttestationMode;

/// One attempt of a service to get its configuration.
class Provisioning {
 public:
  Provisioning(CasState& state, const cas::ConfigRequest& request)
      : state_(state), request_(request), secrets_(state, true) {}

  cas::ConfigReply run() {
    const auto id = session::parse_config_id(request_.config_id);
    const auto session = state_.sessions.required(id.session);
    const auto* service = session->session.find_service(id.service);
    if (service == nullptr)
      throw Error(ErrorKind::not_found,
                  "session '" + id.session + "' has no service '" + id.service + "'");
    const auto security = resolved_security(*session);
    check_evidence(*session, security);
    const auto token = access_token(*session, security);
    check_token(token);
    check_one_time_password(*session, *service, security, id);
    auto reply = sealed_reply(*session, *service, token);
    state_.log(Level::info, "service configured",
               {{"session", id.session}, {"service", id.service}});
    return reply;
  }

 private:
  [[nodiscard]] session::Security resolved_security(const LoadedSession& session) {
    diag::Diagnostics faults;
    auto security = session::resolved_security(
        session.session,
        [&](const session::Placeholder& placeholder) -> std::optional<yaml::Value> {
          return secrets_.node(session, placeholder);
        },
        faults);
    faults.throw_if_errors();
    if (!security) throw Error(ErrorKind::failed, "the security section is not resolved");
    return std::move(*security);
  }

  void check_evidence(const LoadedSession& session, const session::Security& security) const;
  [[nodiscard]] std::optional<crypto::Secret> access_token(const LoadedSession& session,
                                                           const session::Security& security);
  void check_token(const std::optional<crypto::Secret>& token) const;
  void check_one_time_password(const LoadedSession& session, const session::Service& service,
                               const session::Security& security, const session::ConfigId& id);
  [[nodiscard]] cas::ConfigReply sealed_reply(const LoadedSession& session,
                                              const session::Service& service,
                                              const std::optional<crypto::Secret>& token);
  /// A setting that may be a placeholder's text.
  [[nodiscard]] crypto::Secret setting(const LoadedSession& session, const std::string& text) {
    const auto placeholder = session::whole_placeholder(text);
    return placeholder ? secrets_.text(session, *placeholder) : crypto::Secret(text);
  }

  CasState& state_;
  const cas::ConfigRequest& request_;
  SecretReader secrets_;
};

/// Fails closed: only a session that says `none` is served without evidence (SL-083, SL-304).
void Provisioning::check_evidence(const LoadedSession& session,
                                  const session::Security& security) const {
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security.attestation);
  const auto* mode =
      attestation == nullptr ? nullptr : std::get_if<AttestationMode>(&attestation->mode);
  const auto* singleton = std::get_if<bool>(&security.singleton_enclaves);
  if (mode == nullptr || singleton == nullptr)
    throw Error(ErrorKind::failed, "the security section of the session is not resolved");
  const auto& name = session.session.name;
  if (*mode == AttestationMode::hardware && request_.evidence.type == "none")
    throw Error(ErrorKind::refused, std::string(cas::message::enclave_properties),
                {"session '" + name +
                 "' demands hardware attestation (security.attestation.mode: hardware), and the "
                 "service has no evidence: it does not run in an enclave"});
  if (*mode != AttestationMode::none)
    throw Error(ErrorKind::unsupported, "this CAS can not verify attestation evidence of type '" +
                                            request_.evidence.type + "': it is not built in");
  if (request_.evidence.type != "none")
    throw Error(ErrorKind::unsupported, "the service sent evidence of type '" +
                                            request_.evidence.type +
                                            "', which this CAS can not verify; session '" + name +
                                            "' asks for none (security.attestation.mode: none)");
  if (*singleton)
    throw Error(ErrorKind::refused, "session '" + name +
                                        "' allows each service to start only once "
                                        "(singleton_enclaves), which needs an enclave to prove");
}

std::optional<crypto::Secret> Provisioning::access_token(const LoadedSession& session,
                                                         const session::Security& security) {
  if (!security.service_access_token) return std::nullopt;
  auto token = setting(session, *security.service_access_token);
  if (token.empty())
    throw Error(ErrorKind::refused, "the session's service access token is empty (SL-313)");
  return token;
}

void Provisioning::check_token(const std::optional<crypto::Secret>& token) const {
  if (!token) {
    if (request_.access_token_proof)
      throw Error(
          ErrorKind::refused,
          "the service has a service access token (SCONE_SERVICE_ACCESS_TOKEN), the session "
          "has none: is this the right CAS and session?");
    return;
  }
  if (!request_.access_token_proof)
    throw Error(ErrorKind::refused,
                "the session demands a service access token; set SCONE_SERVICE_ACCESS_TOKEN");
  const auto expected =
      cas::proof(token->view(), cas::ProofRole::client, request_.nonce, request_.public_key);
  if (!cas::proof_matches(expected, *request_.access_token_proof))
    throw Error(ErrorKind::refused, "the service access token is wrong");
}

void Provisioning::check_one_time_password(const LoadedSession& session,
                                           const session::Service& service,
                                           const session::Security& security,
                                           const session::ConfigId& id) {
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security.attestation);
  const auto& shared = service.one_time_password_shared_secret
                           ? service.one_time_password_shared_secret
                           : attestation->one_time_password_shared_secret;
  if (!shared) {
    if (id.otp)
      throw Error(ErrorKind::refused,
                  "a one-time password was sent, and the session has no shared secret for it");
    return;
  }
  if (!id.otp)
    throw Error(ErrorKind::refused,
                "the session demands a one-time password: SCONE_CONFIG_ID is SESSION/SERVICE@OTP");
  const auto base32 = setting(session, *shared);
  const auto key = session::one_time_password_key(base32.view());
  use_one_time_password(state_, session.session.name, service.name, key.view(), *id.otp);
}

cas::ConfigReply Provisioning::sealed_reply(const LoadedSession& session,
                                            const session::Service& service,
                                            const std::optional<crypto::Secret>& token) {
  FileSystems file_systems(state_.store, state_.sessions, secrets_);
  auto configuration =
      service_configuration(session, service, request_.protects_files, secrets_, file_systems);
  if (!configuration.templates.empty() || !configuration.volumes.empty() || configuration.fspf)
    configuration.lease = state_.leases.make(session.session.name, service.name);
  const auto clear = cas::encode(configuration);
  cas::ConfigReply reply;
  reply.sealed = crypto::hpke_seal(request_.public_key, cas::configuration_seal_info(request_), "",
                                   clear.view());
  if (token) {
    reply.server_proof =
        cas::proof(token->view(), cas::ProofRole::server, request_.nonce, request_.public_key);
    reply.config_proof = cas::proof(token->view(), cas::ProofRole::config, request_.nonce,
                                    request_.public_key, reply.sealed);
  }
  return reply;
}

}  // namespace

Response make_challenge(CasState& state, const Call&) {
  return json_response(200,
                       cas::encode(cas::Challenge{state.challenges.make(state.clock.steady())}));
}

Response configure_service(CasState& state, const Call& call) {
  const auto request = cas::decode_config_request(call.request.body);
  try {
    if (!state.challenges.use(request.nonce, state.clock.steady()))
      throw Error(ErrorKind::refused, "the nonce is unknown, expired or was used before");
    return json_response(200, cas::encode(Provisioning(state, request).run()));
  } catch (const Error& error) {
    state.log(Level::warning, "service refused", {{"reason", error.text()}});
    throw error.within(std::string(cas::message::service_configuration));
  }
}

}  // namespace sconectl::casd
