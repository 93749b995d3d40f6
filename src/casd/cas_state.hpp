// The parts of a running CAS: what its requests share.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "casd/audit/audit_log.hpp"
#include "casd/identity/identity.hpp"
#include "casd/log/event.hpp"
#include "casd/metrics/cas_metrics.hpp"
#include "casd/owner/ownership.hpp"
#include "casd/provisioning/challenges.hpp"
#include "casd/provisioning/creation_limit.hpp"
#include "casd/provisioning/denials.hpp"
#include "casd/provisioning/evidence_judge.hpp"
#include "casd/provisioning/leases.hpp"
#include "casd/provisioning/one_time_passwords.hpp"
#include "casd/provisioning/releases.hpp"
#include "casd/secrets/azure_secrets.hpp"
#include "casd/secrets/certificate_renewal.hpp"
#include "casd/secrets/key_generation.hpp"
#include "casd/secrets/remote_secrets.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/store.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

struct CasState {
  /// `counts` and `system_clock` must live as long as this.
  CasState(const ServiceOptions& options, host::Clock& system_clock, CasMetrics& counts);

  [[nodiscard]] crypto::Time now() const;
  /// Throws Error{invalid} if no certificate could be issued for it.
  void check_api_identity(const cas::ApiIdentity& api_identity);
  /// Whether this would be another log than that of the owner's present configuration. Throws
  /// Error{invalid} if it is impossible.
  [[nodiscard]] bool changes_audit_log(const cas::AuditLogConfig& wanted) const;
  /// Puts the owner's present configuration into effect; `before` was that of the present leaf.
  void owner_config_changed(const cas::ApiIdentity& before);
  /// Returns its id, also if there is no session, whose readers could ask (RA-092). `judged_by`: a
  /// null pointer if it was refused before its session was looked at.
  std::string remember_denial(const std::string& config_id, const LoadedSessionPtr& judged_by,
                              const std::string& source, Refusal step,
                              std::vector<cas::DenialReason> reasons);
  /// The certificate is for these names of the operator from now on.
  void rename(std::vector<std::string> names);
  /// The owner makes keys anew; they are in effect on return. `notes` go to the audit log.
  void rotate_keys(const Owner& who, const cas::KeyRotation& which, const Notes& notes);
  /// Tells the log that the database has one, and what is left of the one before.
  void log_new_key() const;
  /// Takes the keys that another CAS of the same database has made anew, if there are any.
  void follow_others();
  /// The same, after a look at the database.
  void look_for_new_keys();

  std::shared_ptr<spdlog::logger> log;
  host::Clock& clock;
  CasMetrics& metrics;
  const crypto::Time started;
  const std::int64_t versions_per_creator;
  const std::optional<std::int64_t> max_sessions;
  CreationLimit creations;
  const std::chrono::seconds operators_reconnect_timeout;
  Store store;
  Ownership ownership;
  Identity identity;
  AuditLog audit;
  SessionCache sessions;
  Challenges challenges;
  Leases leases;
  Releases releases;
  /// A token is long: only who tries many from one address is stopped, for the sake of weak ones.
  AttemptLimiter token_guesses{"service access tokens", {.of_source = 10, .of_strangers = {}}};
  /// 128 bits are not guessed; who tries wastes nothing but his own turns (CC-055).
  AttemptLimiter provisioning_attempts{"provisioning tokens",
                                       {.of_source = 10, .of_strangers = {}}};
  /// The same of keys of sealed namespaces.
  AttemptLimiter namespace_keys{"keys of this namespace", {.of_source = 10, .of_strangers = {}}};
  OneTimePasswords one_time_passwords;
  EvidenceJudge evidence;
  Denials denials;
  KeyGeneration keys;
  RemoteSecrets remote_secrets;
  AzureSecrets azure;
  CertificateRenewal renewal;
  SecretSources secret_sources;
  std::atomic<bool> draining = false;
  /// Told after a new leaf was issued.
  std::function<void()> on_new_certificate;

 private:
  CasState(const ServiceOptions& options, host::Clock& system_clock, CasMetrics& counts,
           const StartPermission& permission);
  void count_read(std::chrono::nanoseconds took);
  void count_commit(std::chrono::nanoseconds took, bool stored);
  void namespace_locked(const std::string& name);
  void give_root_to(const std::string& owner, const StartPermission& permission);
  void apply_owner_config();
  void renew_leaf(const std::lock_guard<std::mutex>& renewing);
  void take_new_keys(const std::lock_guard<std::mutex>& renewing);

  const AuditOptions operators_audit_;
  std::atomic<std::uint64_t> facts_seen_ = 0;  ///< of others, among which were no other keys
  std::mutex renewing_;
  std::vector<std::string> names_;  ///< of the operator
};

}  // namespace sconectl::casd
