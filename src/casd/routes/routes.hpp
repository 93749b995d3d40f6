// The functions behind the route table.
#pragma once

#include <string>

#include "casd/instance.hpp"
#include "casd/routes/call.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/authorization.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// Version of this program, as in every error body (RA-011).
[[nodiscard]] const std::string& cas_version();
[[nodiscard]] Response json_response(int status, std::string body);
/// "2026-11-22T10:00:00Z"
[[nodiscard]] std::string rfc3339(crypto::Time time);

// upload_routes.cpp
[[nodiscard]] Response upload_session(Instance&, const Call&, SecretReader&, const Authorization&);
[[nodiscard]] Response upload_encrypted_session(Instance&, const Call&, SecretReader&,
                                                const Authorization&);
[[nodiscard]] Response check_session(Instance&, const Call&, SecretReader&, const Authorization&);

// session_routes.cpp
[[nodiscard]] Response read_session(Instance&, const Call&, const StoredSession&);
[[nodiscard]] Response read_session_yaml(Instance&, const Call&, const StoredSession&);
[[nodiscard]] Response read_history(Instance&, const Call&, const StoredSession&);
[[nodiscard]] Response read_session_hash(Instance&, const Call&, SecretReader&,
                                         const Authorization&);
[[nodiscard]] Response list_sessions(Instance&, const Call&, SecretReader&, const Authorization&);

// export_routes.cpp
[[nodiscard]] Response export_secret(Instance&, const Call&, SecretReader&, const Authorization&);

// value_routes.cpp
[[nodiscard]] Response read_values(Instance&, const Call&);

// about_routes.cpp
[[nodiscard]] Response read_version(Instance&, const Call&);
[[nodiscard]] Response attest(Instance&, const Call&);
[[nodiscard]] Response read_health(Instance&, const Call&);
[[nodiscard]] Response read_liveness(Instance&, const Call&);
[[nodiscard]] Response read_readiness(Instance&, const Call&);

// service_routes.cpp
[[nodiscard]] Response make_challenge(Instance&, const Call&);
[[nodiscard]] Response configure_service(Instance&, const Call&);

// running_routes.cpp
[[nodiscard]] Response update_volume_tag(Instance&, const Call&);
[[nodiscard]] Response update_fspf_tag(Instance&, const Call&);
[[nodiscard]] Response provide_secrets(Instance&, const Call&);
[[nodiscard]] Response note_exit(Instance&, const Call&);

}  // namespace sconectl::casd
