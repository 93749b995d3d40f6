// A running service that has shown its lease (RA-084).
#pragma once

#include <functional>

#include "casd/provisioning/leases.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/cas/wire_running.hpp"

namespace sconectl::casd {

/// What a lease is good for.
enum class LeaseScope {
  service,  ///< to report: as long as the session demands what the service has proved
  version,  ///< to get secrets: only from the version of the session that the service started with
};

/// Only a request with the right proof makes one.
class LeaseHolder {
 public:
  /// Throws Error{refused} if the request does not prove a lease of the service that it names:
  /// first, so that nobody else learns what sessions and services there are. Then the present
  /// version of the session is judged: Error{not_found} if the service is gone since,
  /// Error{refused} if the lease has ended, was revoked, or proves less than is demanded now
  /// (RA-087).
  template <class Message>
  [[nodiscard]] static LeaseHolder of(const cas::WithLeaseProof<Message>& request, LeaseScope scope,
                                      Leases& leases, const SessionCache& sessions,
                                      SecretReader& secrets) {
    return checked(
        request.message.claim, request.proof,
        [&request](std::string_view key) { return cas::lease_proof(key, request.message); }, scope,
        leases, sessions, secrets);
  }

  [[nodiscard]] const LoadedSession& session() const { return *session_; }
  [[nodiscard]] const session::Service& service() const { return *service_; }
  /// Its lease's key: replies are proved with it.
  [[nodiscard]] std::string_view key() const { return key_.view(); }
  [[nodiscard]] const StatePermission& state_permission() const { return permission_; }

 private:
  LeaseHolder(LoadedSessionPtr session, const session::Service& service, crypto::Secret key)
      : session_(std::move(session)), service_(&service), key_(std::move(key)) {}
  [[nodiscard]] static LeaseHolder checked(
      const cas::LeaseClaim& claim, const std::string& proof,
      const std::function<std::string(std::string_view key)>& expected, LeaseScope scope,
      Leases& leases, const SessionCache& sessions, SecretReader& secrets);

  LoadedSessionPtr session_;
  const session::Service* service_;
  crypto::Secret key_;
  StatePermission permission_;
};

}  // namespace sconectl::casd
