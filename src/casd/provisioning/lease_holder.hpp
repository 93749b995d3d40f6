// A running service that has shown its lease (RA-084).
#pragma once

#include <functional>

#include "casd/provisioning/leases.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/cas/wire_running.hpp"

namespace sconectl::casd {

/// Only a request with the right proof makes one.
class LeaseHolder {
 public:
  /// Throws Error{refused} if the request does not prove a lease of the service that it names:
  /// first, so that nobody else learns what sessions and services there are. Throws
  /// Error{not_found} if the service is gone since.
  template <class Message>
  [[nodiscard]] static LeaseHolder of(const cas::WithLeaseProof<Message>& request,
                                      const Leases& leases, const SessionCache& sessions) {
    return checked(
        request.message.claim, request.proof,
        [&request](std::string_view key) { return cas::lease_proof(key, request.message); }, leases,
        sessions);
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
      const std::function<std::string(std::string_view key)>& expected, const Leases& leases,
      const SessionCache& sessions);

  LoadedSessionPtr session_;
  const session::Service* service_;
  crypto::Secret key_;
  StatePermission permission_;
};

}  // namespace sconectl::casd
