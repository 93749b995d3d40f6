// The parts of a running CAS: what its requests share.
#pragma once

#include "casd/audit/audit_log.hpp"
#include "casd/identity/identity.hpp"
#include "casd/log/event.hpp"
#include "casd/provisioning/challenges.hpp"
#include "casd/provisioning/creation_limit.hpp"
#include "casd/provisioning/evidence_judge.hpp"
#include "casd/provisioning/leases.hpp"
#include "casd/provisioning/one_time_passwords.hpp"
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
  CasState(const ServiceOptions& options, host::Clock& system_clock);

  [[nodiscard]] crypto::Time now() const;

  std::shared_ptr<spdlog::logger> log;
  host::Clock& clock;
  const std::int64_t versions_per_creator;
  CreationLimit creations;
  Store store;
  Identity identity;
  AuditLog audit;
  SessionCache sessions;
  Challenges challenges;
  Leases leases;
  /// A token is long: only who tries many from one address is stopped, for the sake of weak ones.
  AttemptLimiter token_guesses{"service access tokens", {.of_source = 10, .of_strangers = {}}};
  OneTimePasswords one_time_passwords;
  EvidenceJudge evidence;
  KeyGeneration keys;
  RemoteSecrets remote_secrets;
  AzureSecrets azure;
  CertificateRenewal renewal;
  SecretSources secret_sources;

 private:
  CasState(const ServiceOptions& options, host::Clock& system_clock,
           const StartPermission& permission);
  void give_root_to(const std::string& owner, const StartPermission& permission);
};

}  // namespace sconectl::casd
