// Every route of the CAS.
#include "casd/routes/handlers.hpp"
#include "casd/routes/route.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/cas/wire_namespaces.hpp"

namespace sconectl::casd {

namespace path = cas::path;

std::span<const Route> routes() {
  constexpr auto api = Ports::api;
  constexpr auto enclave = Ports::enclave;
  static const std::vector<Route> table = {
      // Sessions (RA-025 ... RA-034)
      {api, "POST", path::session, ForSessionWriter{UploadForm::any, upload_session}},
      {api, "POST", path::sessions, ForSessionWriter{UploadForm::any, upload_session}},
      {api, "PUT", path::encrypted_sessions,
       ForSessionWriter{UploadForm::encrypted, upload_session}},
      {api, "POST", path::encrypted_sessions,
       ForSessionWriter{UploadForm::encrypted, upload_session}},
      {api, "POST", path::session_checks, ForSessionChecker{check_session}},
      {api,
       "GET",
       path::sessions,
       ForNamespaceLister{list_sessions},
       {"namespace", "limit", "after"}},
      {api,
       "GET",
       path::one_session,
       ForSessionReader{read_session, ForSessionReader::Versions::asked_for},
       {"hash", "verbatim"}},
      {api, "DELETE", path::one_session, ForSessionOwner{delete_session}, {"hash", "force"}},
      {api, "GET", path::session_yaml, ForSessionReader{read_session_yaml}},
      {api, "GET", path::session_hashes, ForHashReader{read_session_hash}},
      {api, "GET", path::session_history,
       ForSessionReader{read_history, ForSessionReader::Versions::all}},
      {api, "GET", path::session_leases, ForSessionOwner{list_leases}},
      {api, "DELETE", path::session_leases, ForSessionOwner{revoke_leases}, {"service", "lease"}},
      {api, "GET", path::session_releases, ForSessionOwner{list_releases}},
      // Sealed namespaces
      {api, "GET", path::namespace_seals, Public{read_namespace_seal}},
      {api, "PUT", path::namespace_seals, ForSessionOwner{seal_namespace}},
      {api, "DELETE", path::namespace_seals, ForSessionOwner{unseal_namespace}},
      {api, "POST", path::namespace_locks, ForSessionOwner{lock_namespace}},
      {api, "POST", path::namespace_unlocks, ForNamespaceKey{unlock_namespace}},
      {api, "GET", path::denials, ForDenialReader{read_denial}},
      // Public values (RA-048 ... RA-058)
      {api, "GET", path::values, ForPublicSecrets{read_values}},
      // Identity, attestation, health (RA-060 ... RA-065)
      {Ports::both, "GET", path::version, Public{read_version}},
      {api, "GET", path::attest, Public{attest}, {"nonce", "version"}},
      {api, "POST", path::attest, Public{attest}},
      {Ports::both, "GET", path::health, Public{read_health, database_in_doubt}},
      {Ports::both, "GET", path::health_live, Public{read_liveness}},
      {Ports::both, "GET", path::health_ready, Public{read_readiness, database_in_doubt}},
      {Ports::both, "HEAD", path::health, Public{read_health, database_in_doubt}},
      {Ports::both, "HEAD", path::health_live, Public{read_liveness}},
      {Ports::both, "HEAD", path::health_ready, Public{read_readiness, database_in_doubt}},
      // Secrets for other CASes (SL-188)
      {api, "POST", path::exports, ForPeerCas{export_secret}},
      // Services (RA-083 ... RA-088)
      {enclave, "POST", path::service_challenge, Public{make_challenge}},
      {enclave, "POST", path::service_config, ForAttestedService{configure_service}},
      {enclave, "PUT", path::service_volume_tag,
       ForLeaseHolder<cas::TagUpdate>{cas::decode_volume_tag, update_tag}},
      {enclave, "PUT", path::service_fspf_tag,
       ForLeaseHolder<cas::TagUpdate>{cas::decode_fspf_tag, update_tag}},
      {enclave, "POST", path::service_secrets,
       ForLeaseHolder<cas::SecretsRequest>{cas::decode_secrets_request, provide_secrets,
                                           LeaseScope::version}},
      {enclave, "POST", path::service_exit,
       ForLeaseHolder<cas::ExitReport>{cas::decode_exit_report, note_exit}},
      // The owner of a provisioned CAS (RA-067 ... RA-073)
      {api, "POST", path::provision, ForProvisioner{provision}},
      {api, "GET", path::config, ForOwner{read_config}},
      {api, "PUT", path::config, ForOwner{replace_config}},
      {api, "POST", path::keys, ForOwner{rotate_keys}},
      {api,
       "GET",
       path::audit_checkpoints,
       ForAuditor{read_audit_checkpoints},
       {"min_sequence_number", "max_sequence_number"}},
      {api, "GET", "/v1/database_certificate", ForOwner{}},
      {api, "GET", "/v1/backups", ForOwner{}},
      {api, "POST", "/v1/backups", ForOwner{}},
      {api, "GET", "/v1/upgrades", ForOwner{}},
      {api, "POST", "/v1/upgrades", ForOwner{}},
      {api, "POST", "/v1/upgrades/start", ForOwner{}},
      {api, "POST", "/v1/snapshots", ForOwner{}},
  };
  return table;
}

}  // namespace sconectl::casd
