#include "casd/provisioning/service_authentication.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "casd/provisioning/enclave_identity.hpp"
#include "casd/provisioning/service_demands.hpp"
#include "sconectl/attest/ra_tls.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;
using session::AttestationMode;

namespace {

/// It comes back: for its volumes, or for what its templates need. The lease is remembered.
bool needs_lease(const session::Image& image) {
  return !image.volumes.empty() ||
         std::any_of(image.injection_files.begin(), image.injection_files.end(),
                     [](const session::InjectionFile& file) { return !file.content; });
}

/// The same for a session that does not exist and for a token that is not right: who has no token
/// learns nothing about which services there are.
Error no_such_service() {
  return {ErrorKind::refused,
          "there is no such service, or the service access token is wrong or missing: look at "
          "SCONE_CONFIG_ID and SCONE_SERVICE_ACCESS_TOKEN"};
}

/// What guesses at a session that does not exist count for, so that they have to wait as long as
/// those at one that does. The names that anybody makes up share a few: each subject costs memory.
std::string made_up_subject(const std::string& session) {
  constexpr unsigned subjects = 1024;
  const auto digest = crypto::sha256(session);
  const unsigned number = (static_cast<unsigned>(digest[0]) << 8U | digest[1]) % subjects;
  return "/" + std::to_string(number);  // which is the name of no session
}

const session::Service& service_of(const LoadedSession& session, const session::ConfigId& id) {
  const auto* service = session.session.find_service(id.service);
  if (service == nullptr)
    throw Error(ErrorKind::not_found,
                "session '" + id.session + "' has no service '" + id.service + "'");
  return *service;
}

/// What a certificate shows, and what it has to be about.
struct RaTls {
  cas::Evidence evidence;
  std::string report_data;
};

RaTls evidence_in(const std::string& certificate_pem) {
  auto found = attest::ra_tls_evidence(crypto::Certificate::from_pem(certificate_pem));
  const auto tee = attest::parse_quote(found.quote).tee;
  return {{tee == attest::Tee::sgx ? "sgx-dcap" : "tdx", std::move(found.quote), {}, {}},
          std::move(found.report_data)};
}

}  // namespace

bool ServiceAuthentication::may_wait(const SessionCache& sessions) try {
  if (request_.evidence.type != "none") return true;
  const auto id = session::parse_config_id(request_.config_id);
  session_ = sessions.active(id.session);
  const auto* service = session_ ? session_->session.find_service(id.service) : nullptr;
  if (service == nullptr || id.otp || service->fspf) return true;
  const auto* image =
      service->image_name ? session_->session.find_image(*service->image_name) : nullptr;
  if (image != nullptr && needs_lease(*image)) return true;
  const auto& secrets = session_->session.secrets;
  return std::any_of(secrets.begin(), secrets.end(), [&](const session::Secret& secret) {
    return secrets_.may_wait(*session_, secret.name);
  });
} catch (const Error&) {  // what is wrong is said in its turn, by authenticate()
  return true;
}

AttestedService ServiceAuthentication::authenticate(const SessionCache& sessions,
                                                    Challenges& challenges,
                                                    AttemptLimiter& token_guesses,
                                                    OneTimePasswords& one_time_passwords,
                                                    Challenges::Time now) {
  if (!challenges.use(request_.nonce, now))
    throw Error(ErrorKind::refused, "the nonce is unknown, expired or was used before");
  judged_ = Refusal::token;
  const auto id = session::parse_config_id(request_.config_id);
  named_service_ = id.service;
  if (!session_) session_ = sessions.active(id.session);
  auto session = session_;
  if (!session) {
    if (request_.access_token_proof)
      token_guesses.attempt(made_up_subject(id.session), source_, now);
    throw no_such_service();
  }
  const auto security = resolved_security(*session, secrets_);
  auto token = access_token(*session, security);
  check_token(token, id, token_guesses, now);
  judged_ = Refusal::evidence;
  const bool judged =
      check_evidence(*session, security, id, request_.evidence, evidence_.report_data(request_));
  judged_ = Refusal::one_time_password;
  const auto& service = service_of(*session, id);
  check_one_time_password(*session, service, security, id, one_time_passwords);
  std::map<std::string, std::string> enclave;
  if (judged) enclave = enclave_identity(request_.evidence);
  return {std::move(session), service, std::move(token), StatePermission(), std::move(enclave)};
}

/// Fails closed: only a session that says `none` is served without evidence (SL-083, SL-304), and
/// then nobody looks at any (XA-008).
bool ServiceAuthentication::check_evidence(const LoadedSession& session,
                                           const session::Security& security,
                                           const session::ConfigId& id,
                                           const cas::Evidence& evidence,
                                           const ReportData& report_data) {
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security.attestation);
  const auto* mode =
      attestation == nullptr ? nullptr : std::get_if<AttestationMode>(&attestation->mode);
  const auto* singleton = std::get_if<bool>(&security.singleton_enclaves);
  if (mode == nullptr || singleton == nullptr)
    throw Error(ErrorKind::failed, "the security section of the session is not resolved");
  const auto& name = session.session.name;
  evidence_missing_ = *mode != AttestationMode::none && evidence.type == "none";
  if (*mode == AttestationMode::hardware && evidence.type == "none")
    throw Error(ErrorKind::refused, std::string(cas::message::enclave_properties),
                {"session '" + name +
                 "' demands hardware attestation (security.attestation.mode: hardware), and the "
                 "service has no evidence: it does not run in an enclave"});
  if (*mode == AttestationMode::maa && evidence.type == "none")
    throw Error(
        ErrorKind::refused, std::string(cas::message::enclave_properties),
        {"session '" + name +
         "' demands attestation by Azure (security.attestation.mode: maa), and the service "
         "has no evidence: it does not run in an SGX enclave or a confidential machine; one "
         "of Azure is needed (with SGX: DCsv2, DCsv3, DCdsv3)"});
  if (*singleton)
    throw Error(ErrorKind::refused, "session '" + name +
                                        "' allows each service to start only once "
                                        "(singleton_enclaves), which nothing can prove here");
  if (*mode == AttestationMode::none) return false;
  const auto* service = session.session.find_service(id.service);
  attest::Demands demands;  // which nothing meets
  if (service != nullptr) demands = evidence_demands(session, *service, *attestation, secrets_);
  evidence_.judge(evidence, report_data, demands, {name, id.service});
  return true;
}

AttestedService ServiceAuthentication::authenticate_certificate(
    const SessionCache& sessions, const std::optional<std::string>& certificate_pem) {
  const auto id = session::parse_config_id(request_.config_id);
  named_service_ = id.service;
  session_ = sessions.required(id.session);
  auto session = session_;
  const auto security = resolved_security(*session, secrets_);
  judged_ = Refusal::token;
  if (security.service_access_token)
    throw Error(ErrorKind::refused,
                "the session demands a service access token, which this protocol can not carry");
  judged_ = Refusal::evidence;
  RaTls shown;
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security.attestation);
  const bool looks =
      attestation == nullptr || !session::is(attestation->mode, AttestationMode::none);
  if (certificate_pem && looks) shown = evidence_in(*certificate_pem);
  const bool judged = check_evidence(*session, security, id, shown.evidence, {shown.report_data});
  judged_ = Refusal::one_time_password;
  const auto& service = service_of(*session, id);
  if (service.one_time_password_shared_secret || attestation->one_time_password_shared_secret)
    throw Error(ErrorKind::refused,
                "the session demands a one-time password, which this protocol can not carry");
  std::map<std::string, std::string> enclave;
  if (judged) enclave = enclave_identity(shown.evidence);
  return {std::move(session), service, std::nullopt, StatePermission(), std::move(enclave)};
}

std::vector<cas::DenialReason> ServiceAuthentication::reasons(const Error& error) const {
  if (const auto* evidence = dynamic_cast<const EvidenceRefused*>(&error))
    return evidence->reasons();
  if (token_refused_)
    return {{request_.access_token_proof ? "its service access token is not the session's"
                                         : "it has no service access token",
             "the service has to get the session's token (SCONE_SERVICE_ACCESS_TOKEN); the session "
             "can stay as it is",
             ""}};
  cas::DenialReason reason{error.causes().empty() ? error.text() : error.causes().front(), "", ""};
  const bool has_service = session_ && session_->session.find_service(named_service_) != nullptr;
  if (error.kind() == ErrorKind::not_found && session_ && !has_service) {
    std::vector<std::string_view> names;
    for (const auto& service : session_->session.services) names.push_back(service.name);
    reason.change =
        fmt::format("SCONE_CONFIG_ID has to name one of its services: {}", fmt::join(names, ", "));
  } else if (judged_ == Refusal::evidence && evidence_missing_) {
    reason.change =
        "run it in an enclave or a confidential machine; where there is none: "
        "security.attestation.mode: none";
    reason.weakens =
        "everybody who reaches the CAS, and has the service access token if there is one";
  }
  return {std::move(reason)};
}

std::optional<crypto::Secret> ServiceAuthentication::access_token(
    const LoadedSession& session, const session::Security& security) {
  if (!security.service_access_token) return std::nullopt;
  auto token = resolved_setting(session, *security.service_access_token, secrets_);
  if (token.empty())
    throw Error(ErrorKind::refused, "the session's service access token is empty (SL-313)");
  if (token.size() < session::shortest_access_token)
    throw Error(ErrorKind::refused, "the session's service access token has fewer than " +
                                        std::to_string(session::shortest_access_token) +
                                        " characters (SL-313); its owner has to update it");
  return token;
}

void ServiceAuthentication::check_token(const std::optional<crypto::Secret>& token,
                                        const session::ConfigId& id, AttemptLimiter& guesses,
                                        Challenges::Time now) {
  if (!token) {
    if (request_.access_token_proof)
      throw Error(
          ErrorKind::refused,
          "the service has a service access token (SCONE_SERVICE_ACCESS_TOKEN), the session "
          "has none: is this the right CAS and session?");
    return;
  }
  token_refused_ = true;
  if (!request_.access_token_proof) throw no_such_service();
  guesses.attempt(id.session, source_, now);
  const auto expected =
      cas::proof(token->view(), cas::ProofRole::client, request_.nonce, request_.public_key);
  if (!cas::proof_matches(expected, *request_.access_token_proof)) throw no_such_service();
  guesses.succeeded(id.session, source_);
  token_refused_ = false;
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
  const auto base32 = resolved_setting(session, *shared, secrets_);
  const auto key = session::one_time_password_key(base32.view());
  one_time_passwords.use(StatePermission(), session.stored, service.name, key.view(), *id.otp,
                         source_);
}

}  // namespace sconectl::casd
