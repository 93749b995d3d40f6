// May this caller do this? The only way to a SessionWritePermission.
#pragma once

#include <string>

#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/session/access_policy.hpp"

namespace sconectl::casd {

/// The caller behind a connection, for the policy: the key of its certificate (RA-004).
[[nodiscard]] session::Caller caller_of(const Peer& peer);

/// Asks session::decide() with the policy's placeholders resolved from the session's secrets
/// (SL-264), and turns a "no" into an Error: unauthenticated without any credential, else refused
/// (SL-277). The reasons, which name the policy, go only to a caller who may read the session.
class Authorization {
 public:
  Authorization(SecretReader& secrets, const session::Caller& caller)
      : secrets_(secrets), caller_(caller) {}

  [[nodiscard]] bool may(const LoadedSession& active, session::Operation operation) const;
  void require(const LoadedSession& active, session::Operation operation) const;

  /// The update of the session whose active version is given (SL-273).
  [[nodiscard]] SessionWritePermission update(const LoadedSession& active) const;
  /// The creation of `name` below its namespace (SL-043).
  [[nodiscard]] SessionWritePermission create(const LoadedSession& parent,
                                              const std::string& name) const;
  /// The claim of the root session while nobody has it (SL-045): open to everybody.
  [[nodiscard]] static SessionWritePermission claim_root();
  /// What the CAS stores by itself: the root session of the first start.
  [[nodiscard]] static SessionWritePermission first_start();

 private:
  [[nodiscard]] session::Decision decide(const LoadedSession& active,
                                         session::Operation operation) const;

  SecretReader& secrets_;
  const session::Caller& caller_;
};

}  // namespace sconectl::casd
