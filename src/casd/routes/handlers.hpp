// The functions behind the routes. They answer; who may have the answer was decided before
// (access_rules.hpp).
#pragma once

#include <string>

#include "casd/routes/access_rules.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd {

/// Version of this program, as in every error body (RA-011).
[[nodiscard]] const std::string& cas_version();
[[nodiscard]] Response json_response(int status, std::string body);

// upload_routes.cpp
[[nodiscard]] std::optional<Response> upload_session(RequestContext&, const AllowedUpload&);
[[nodiscard]] Response check_session(RequestContext&, const Upload&);

// session_routes.cpp
[[nodiscard]] Response read_session(RequestContext&, const ReadableSession&);
[[nodiscard]] Response read_session_yaml(RequestContext&, const ReadableSession&);
[[nodiscard]] Response read_history(RequestContext&, const ReadableSession&);
[[nodiscard]] Response read_session_hash(RequestContext&, const ReadableHash&);
[[nodiscard]] Response list_sessions(RequestContext&, const ListableNamespace&);

// deletion_routes.cpp
[[nodiscard]] Response delete_session(RequestContext&, const OwnedSession&);

// lease_routes.cpp
[[nodiscard]] Response list_leases(RequestContext&, const OwnedSession&);
[[nodiscard]] Response revoke_leases(RequestContext&, const OwnedSession&);

// namespace_routes.cpp
[[nodiscard]] Response read_namespace_seal(RequestContext&);
[[nodiscard]] Response seal_namespace(RequestContext&, const OwnedSession&);
[[nodiscard]] Response unseal_namespace(RequestContext&, const OwnedSession&);
[[nodiscard]] Response lock_namespace(RequestContext&, const OwnedSession&);
[[nodiscard]] Response unlock_namespace(RequestContext&, const ProvenNamespaceKey&);

// release_routes.cpp
[[nodiscard]] Response list_releases(RequestContext&, const OwnedSession&);

// denial_routes.cpp
[[nodiscard]] Response read_denial(RequestContext&, const cas::DenialInfo&, const ReadableSession&);

// audit_routes.cpp
[[nodiscard]] Response read_audit_checkpoints(RequestContext&);

// export_routes.cpp
[[nodiscard]] Response export_secret(RequestContext&, const cas::ExportRequest&,
                                     const ExportedSecret&);

// value_routes.cpp
[[nodiscard]] Response read_values(RequestContext&, const cas::ValuesQuery&, const PublicSecrets&);

// about_routes.cpp
[[nodiscard]] Response read_version(RequestContext&);
[[nodiscard]] Response attest(RequestContext&);
[[nodiscard]] Response read_health(RequestContext&);
[[nodiscard]] Response read_liveness(RequestContext&);
[[nodiscard]] Response read_readiness(RequestContext&);
/// The last write failed: whether the next one would is found out by trying, which takes time.
[[nodiscard]] bool database_in_doubt(const CasState&);

// service_routes.cpp
[[nodiscard]] Response make_challenge(RequestContext&);
[[nodiscard]] Response configure_service(RequestContext&, const cas::ConfigRequest&,
                                         const AttestedService&);

// owner_routes.cpp
[[nodiscard]] Response provision(RequestContext&, const cas::ProvisionRequest&, const Provisioner&);
[[nodiscard]] Response read_config(RequestContext&, const Owner&);
[[nodiscard]] Response replace_config(RequestContext&, const Owner&);
[[nodiscard]] Response rotate_keys(RequestContext&, const Owner&);

// running_routes.cpp
[[nodiscard]] Response update_tag(RequestContext&, const cas::WithLeaseProof<cas::TagUpdate>&,
                                  const LeaseHolder&);
[[nodiscard]] Response provide_secrets(RequestContext&,
                                       const cas::WithLeaseProof<cas::SecretsRequest>&,
                                       const LeaseHolder&);
[[nodiscard]] Response note_exit(RequestContext&, const cas::WithLeaseProof<cas::ExitReport>&,
                                 const LeaseHolder&);

}  // namespace sconectl::casd
