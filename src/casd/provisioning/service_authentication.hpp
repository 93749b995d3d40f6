// Is this really the service that it says it is? (RA-083 ... RA-088)
#pragma once

#include <map>
#include <optional>
#include <string>

#include "casd/metrics/cas_metrics.hpp"
#include "casd/provisioning/challenges.hpp"
#include "casd/provisioning/denials.hpp"
#include "casd/provisioning/evidence_judge.hpp"
#include "casd/provisioning/one_time_passwords.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::casd {

/// A service that has given everything that its session demands. Only ServiceAuthentication can
/// make one.
class AttestedService {
 public:
  [[nodiscard]] const LoadedSession& session() const { return *session_; }
  [[nodiscard]] const session::Service& service() const { return *service_; }
  /// If the session has one: replies are proved with it.
  [[nodiscard]] const std::optional<crypto::Secret>& access_token() const { return access_token_; }
  [[nodiscard]] const StatePermission& state_permission() const { return permission_; }
  /// What it runs in, where evidence was demanded and judged (enclave_identity).
  [[nodiscard]] const std::map<std::string, std::string>& enclave() const { return enclave_; }

 private:
  friend class ServiceAuthentication;
  AttestedService(LoadedSessionPtr session, const session::Service& service,
                  std::optional<crypto::Secret> token, StatePermission permission,
                  std::map<std::string, std::string> enclave)
      : session_(std::move(session)),
        service_(&service),
        access_token_(std::move(token)),
        permission_(std::move(permission)),
        enclave_(std::move(enclave)) {}

  LoadedSessionPtr session_;
  const session::Service* service_;
  std::optional<crypto::Secret> access_token_;
  StatePermission permission_;
  std::map<std::string, std::string> enclave_;
};

/// Judges one request for a configuration.
class ServiceAuthentication {
 public:
  /// `source`: Peer::source of who sent it.
  ServiceAuthentication(const cas::ConfigRequest& request, std::string source,
                        SecretReader& secrets, const EvidenceJudge& evidence)
      : request_(request), source_(std::move(source)), secrets_(secrets), evidence_(evidence) {}

  /// Whether authenticate(), or to make the configuration after it, may have to wait: for the disk,
  /// which remembers one-time passwords, file systems and leases, for a secret, or for what
  /// evidence is judged by. Changes nothing; what is judged afterwards is the version of the
  /// session that was looked at here.
  [[nodiscard]] bool may_wait(const SessionCache& sessions);

  /// The challenge, the evidence that the session asks for, its access token and its one-time
  /// password, in this order. Throws Error{refused} with the reason, Error{unsupported} for
  /// evidence that this CAS can not verify, Error{not_found} if there is no such service,
  /// Error{too_many} for who guesses tokens or passwords.
  [[nodiscard]] AttestedService authenticate(const SessionCache& sessions, Challenges& challenges,
                                             AttemptLimiter& token_guesses,
                                             OneTimePasswords& one_time_passwords,
                                             Challenges::Time now);

  /// For a protocol in which nothing but a TLS certificate proves anything: the evidence in it, if
  /// the session asks for evidence. Throws as authenticate(); a session that demands a token or a
  /// one-time password is refused.
  [[nodiscard]] AttestedService authenticate_certificate(
      const SessionCache& sessions, const std::optional<std::string>& certificate_pem);

  /// What was judged last: what is wrong after an exception.
  [[nodiscard]] Refusal judged() const { return judged_; }

  /// Why, after an exception: for who may read the session (RA-092). The service is not told all of
  /// it.
  [[nodiscard]] std::vector<cas::DenialReason> reasons(const diag::Error& error) const;
  /// What it was judged by; a null pointer: it did not come so far, or there is none.
  [[nodiscard]] const LoadedSessionPtr& session() const { return session_; }

 private:
  /// Whether the session has asked for any.
  bool check_evidence(const LoadedSession& session, const session::Security& security,
                      const session::ConfigId& id, const cas::Evidence& evidence,
                      const ReportData& report_data);
  [[nodiscard]] std::optional<crypto::Secret> access_token(const LoadedSession& session,
                                                           const session::Security& security);
  void check_token(const std::optional<crypto::Secret>& token, const session::ConfigId& id,
                   AttemptLimiter& guesses, Challenges::Time now);
  void check_one_time_password(const LoadedSession& session, const session::Service& service,
                               const session::Security& security, const session::ConfigId& id,
                               OneTimePasswords& one_time_passwords);

  const cas::ConfigRequest& request_;
  const std::string source_;
  SecretReader& secrets_;
  const EvidenceJudge& evidence_;
  LoadedSessionPtr session_;
  Refusal judged_ = Refusal::challenge;
  bool token_refused_ = false;
  bool evidence_missing_ = false;
  std::string named_service_;
};

}  // namespace sconectl::casd
