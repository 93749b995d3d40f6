// What a running service shows when it comes back (cas/wire_running.hpp).
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/store.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

/// What the CAS remembers of a lease that it gave.
struct GrantedLease {
  std::string id{};             ///< cas::lease_id_bytes raw bytes
  std::string version{};        ///< hash of the session's version that the service was started with
  std::string demands{};        ///< what the service had to prove for it (demands_digest)
  std::string source{};         ///< where the service came from (Peer::source)
  std::int64_t granted = 0;     ///< seconds since 1970
  std::int64_t last_heard = 0;  ///< the service showed it then or up to a 24th of its time later
};

/// Under which the leases of a service are stored.
[[nodiscard]] std::string lease_subject(const std::string& service);

/// The leases of services. A lease's key follows from a secret of this CAS, the service and the
/// lease's id, so that a claim is judged before anything is looked up; but a lease is worth
/// something only while it is remembered (RA-087). It ends when nobody heard of the service for
/// `lifetime`, when it is ended, and when newer ones take its place. A restart of the CAS ends
/// none.
class Leases {
 public:
  /// Of one service. Beyond it, those of the source that has most of them make room, so that
  /// somebody who may start a service as often as he likes does not end the leases of others.
  static constexpr std::size_t most = 256;

  Leases(Store& store, const StartPermission& permission, const host::Clock& clock,
         std::chrono::seconds lifetime);

  /// A new one, stored with the notes and other changes; durable on return. `id` and the times of
  /// `granted` are set here.
  [[nodiscard]] cas::Lease grant(const StatePermission& permission, const SessionVersion& session,
                                 const std::string& service, GrantedLease granted,
                                 const Notes& notes = {},
                                 std::vector<Store::StateChange> also = {});
  /// The key that only the service with this lease can know, whether it is good or not.
  [[nodiscard]] crypto::Secret key(std::string_view session, std::string_view service,
                                   std::string_view id) const;
  /// Nothing if there is no such lease, or if it has ended.
  [[nodiscard]] std::optional<GrantedLease> find(const std::string& session,
                                                 const std::string& service,
                                                 std::string_view id) const;
  /// The service was heard of: its lease lasts longer.
  void heard(const StatePermission& permission, const SessionVersion& session,
             const std::string& service, const GrantedLease& lease);
  /// Those that have not ended, oldest first.
  [[nodiscard]] std::vector<GrantedLease> all(const std::string& session,
                                              const std::string& service) const;
  /// Ends the lease with this id, or all of the service; how many that were. `notes` are stored
  /// with it, whether there is one or not.
  std::size_t end(const StatePermission& permission, const SessionVersion& session,
                  const std::string& service, const std::optional<std::string>& id,
                  const Notes& notes = {});
  /// When it ends if the service is not heard of again; seconds since 1970.
  [[nodiscard]] std::int64_t expiry(const GrantedLease& lease) const;
  /// From now on, also for those that were granted.
  void set_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime.count(); }

 private:
  using Change = std::function<bool(std::vector<GrantedLease>&)>;
  void change(const StatePermission& permission, const SessionVersion& session,
              const std::string& service, const Change& change, const Notes* notes = nullptr);
  [[nodiscard]] std::vector<GrantedLease> good(std::optional<std::string_view> stored) const;
  [[nodiscard]] std::int64_t now() const;

  Store& store_;
  const host::Clock& clock_;
  std::atomic<std::int64_t> lifetime_;  ///< seconds
  crypto::Secret root_;
};

}  // namespace sconectl::casd
