#include "casd/provisioning/service_authentication.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;
using session::AttestationMode;

namespace {

/// The same for a session that does not exist and for a token that is not right: who has no token
/// learns nothing about which services there are.
Error no_such_service() {
  return {ErrorKind::refused,
          "there is no such service, or the service access token is wrong or missing: look at "
          "SCONE_CONFIG_ID and SCONE_SERVICE_ACCESS_TOKEN"};
}

}  // namespace

bool ServiceAuthentication::may_wait(const SessionCache& sessions) try {
  const auto id = session::parse_config_id(request_.config_id);
  session_ = sessions.active(id.session);
  const auto* service = session_ ? session_->session.find_service(id.service) : nullptr;
  if (service == nullptr || id.otp || service->fspf) return true;
  const auto* image =
      service->image_name ? session_->session.find_image(*service->image_name) : nullptr;
  if (image != nullptr && !image->volumes.empty()) return true;
  const auto& secrets = session_->session.secrets;
  return std::any_of(secrets.begin(), secrets.end(), [&](const session::Secret& secret) {
    return secrets_.may_wait(*session_, secret.name);
  });
} catch (const Error&) {  // what is wrong is said in its turn, by authenticate()
  return true;
}

AttestedService ServiceAuthentication::authenticate(const SessionCache& sessions,
                                                    Challenges& challenges,
                                                    OneTimePasswords& one_time_passwords,
                                                    Challenges::Time now) {
  if (!challenges.use(request_.nonce, now))
    throw Error(ErrorKind::refused, "the nonce is unknown, expired or was used before");
  const auto id = session::parse_config_id(request_.config_id);
  auto session = session_ ? session_ : sessions.active(id.session);
  if (!session) throw no_such_service();
  const auto security = resolved_security(*session);
  auto token = access_token(*session, security);
  check_token(token);
  check_evidence(*session, security);
  const auto* service = session->session.find_service(id.service);
  if (service == nullptr)
    throw Error(ErrorKind::not_found,
                "session '" + id.session + "' has no service '" + id.service + "'");
  check_one_time_password(*session, *service, security, id, one_time_passwords);
  return {std::move(session), *service, std::move(token), StatePermission()};
}

session::Security ServiceAuthentication::resolved_security(const LoadedSession& session) {
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

/// A setting that may be a placeholder's text.
crypto::Secret ServiceAuthentication::setting(const LoadedSession& session,
                                              const std::string& text) {
  const auto placeholder = session::whole_placeholder(text);
  return placeholder ? secrets_.text(session, *placeholder) : crypto::Secret(text);
}

/// Fails closed: only a session that says `none` is served without evidence (SL-083, SL-304).
void ServiceAuthentication::check_evidence(const LoadedSession& session,
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

std::optional<crypto::Secret> ServiceAuthentication::access_token(
    const LoadedSession& session, const session::Security& security) {
  if (!security.service_access_token) return std::nullopt;
  auto token = setting(session, *security.service_access_token);
  if (token.empty())
    throw Error(ErrorKind::refused, "the session's service access token is empty (SL-313)");
  return token;
}

void ServiceAuthentication::check_token(const std::optional<crypto::Secret>& token) const {
  if (!token) {
    if (request_.access_token_proof)
      throw Error(
          ErrorKind::refused,
          "the service has a service access token (SCONE_SERVICE_ACCESS_TOKEN), the session "
          "has none: is this the right CAS and session?");
    return;
  }
  if (!request_.access_token_proof) throw no_such_service();
  const auto expected =
      cas::proof(token->view(), cas::ProofRole::client, request_.nonce, request_.public_key);
  if (!cas::proof_matches(expected, *request_.access_token_proof)) throw no_such_service();
}

void ServiceAuthentication::check_one_time_password(const LoadedSession& session,
                                                    const session::Service& service,
                                                    const session::Security& security,
                                                    const session::ConfigId& id,
                                                    OneTimePasswords& one_time_passwords) {
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
  one_time_passwords.use(StatePermission(), session.session.name, service.name, key.view(),
                         *id.otp);
}

}  // namespace sconectl::casd
