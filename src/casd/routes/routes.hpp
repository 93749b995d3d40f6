// The functions behind the route table.
#pragma once

#include <string>

#include "casd/access/authorization.hpp"
#include "casd/cas_state.hpp"
#include "casd/routes/call.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// Version of this program, as in every error body (RA-011).
[[nodiscard]] const std::string& cas_version();
[[nodiscard]] Response json_response(int status, std::string body);
/// "2026-11-22T10:00:00Z"
[[nodiscard]] std::string rfc3339(crypto::Time time);

// upload_routes.cpp
[[nodiscard]] Response upload_session(CasState&, const Call&, SecretReader&, const Authorization&);
[[nodiscard]] Response upload_encrypted_session(CasState&, const Call&, SecretReader&,
                                                const Authorization&);
[[nodiscard]] Response check_session(CasState&, const Call&, SecretReader&, const Authorization&);

// session_routes.cpp
[[nodiscard]] Response read_session(CasState&, const Call&, const StoredSession&);
[[nodiscard]] Response read_session_yaml(CasState&, const Call&, const StoredSession&);
[[nodiscard]] Response read_history(CasState&, const Call&, const StoredSession&);
[[nodiscard]] Response read_session_hash(CasState&, const Call&, SecretReader&,
                                         const Authorization&);
[[nodiscard]] Response list_sessions(CasState&, const Call&, SecretReader&, const Authorization&);

// export_routes.cpp
[[nodiscard]] Response export_secret(CasState&, const Call&, SecretReader&, const Authorization&);

// value_routes.cpp
[[nodiscard]] Response read_values(CasState&, const Call&);

// about_routes.cpp
[[nodiscard]] Response read_version(CasState&, const Call&);
[[nodiscard]] Response attest(CasState&, const Call&);
[[nodiscard]] Response read_health(CasState&, const Call&);
[[nodiscard]] Response read_liveness(CasState&, const Call&);
[[nodiscard]] Response read_readiness(CasState&, const Call&);

// service_routes.cpp
[[nodiscard]] Response make_challenge(CasState&, const Call&);
[[nodiscard]] Response configure_service(CasState&, const Call&);

// running_routes.cpp
[[nodiscard]] Response update_volume_tag(CasState&, const Call&);
[[nodiscard]] Response update_fspf_tag(CasState&, const Call&);
[[nodiscard]] Response provide_secrets(CasState&, const Call&);
[[nodiscard]] Response note_exit(CasState&, const Call&);

}  // namespace sconectl::casd
