// Who owns this CAS, and how he configured it (CC-054 ... CC-061).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "casd/store/store.hpp"
#include "sconectl/cas/owner_config.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// The owner and his configuration as they were stored last.
struct Owned {
  std::string certificate_pem;  ///< with which the CAS was provisioned (CC-061)
  std::string key_hash;
  cas::OwnerConfig config;
  int version = 1;  ///< of the configuration
};

/// Somebody who showed a certificate and the provisioning token.
class Provisioner {
 public:
  [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

 private:
  friend class Ownership;
  explicit Provisioner(std::string certificate_pem)
      : certificate_pem_(std::move(certificate_pem)) {}
  std::string certificate_pem_;
};

/// Somebody whose connection is that of the owner (CC-056).
class Owner {
 private:
  friend class Ownership;
  Owner() = default;
};

/// Each version of the configuration is a fact of its own that is never replaced, with the owner's
/// certificate: `owner-1` makes the owner, the highest number counts. All facts are verified before
/// the store serves, so that neither an older version nor a CAS without its owner can be put back.
/// Safe to use from several threads.
class Ownership {
 public:
  /// What a CAS without an owner does.
  struct Unowned {
    bool serves = true;   ///< everybody, or almost nobody (CC-054)
    bool offered = true;  ///< it has a token: whoever reads its log can become the owner
  };
  Ownership(Store& store, Unowned unowned);

  [[nodiscard]] bool provisioned() const { return owned() != nullptr; }
  /// Sessions, values and services are served.
  [[nodiscard]] bool serves() const { return unowned_.serves || provisioned(); }
  /// A null pointer: nobody.
  [[nodiscard]] std::shared_ptr<const Owned> owned() const;
  /// The same as far as it is known, without a look at what others have configured: for who is told
  /// of that, or holds a lock that he who is told wants.
  [[nodiscard]] std::shared_ptr<const Owned> known() const;
  /// New at every start (CC-055), 32 hex digits; empty when there is an owner, or none is looked
  /// for.
  [[nodiscard]] std::string token() const;

  /// Throws Error{unauthenticated} without a certificate, {conflict} if there is an owner,
  /// {refused} for a wrong token. The comparison takes as long for every wrong one.
  [[nodiscard]] Provisioner admit(const std::optional<std::string>& certificate_pem,
                                  const crypto::Secret& token) const;
  /// Makes the owner; durable on return, and the token is forgotten. Error{conflict} if somebody
  /// else was faster. `notes` go to the journal with it.
  void provision(const Provisioner& who, cas::OwnerConfig config, const Notes& notes);
  /// The same without a token, when the CAS starts (CC-018, CC-058).
  void provision(const StartPermission& permission, const std::string& certificate_pem,
                 cas::OwnerConfig config);
  /// Told of the configuration before, when another CAS that shares the database has brought a new
  /// one; by whoever notices it, at the next request.
  using OnConfigured = std::function<void(const cas::ApiIdentity& before)>;
  void on_configured_by_others(OnConfigured told);
  [[nodiscard]] bool provisioned_by_start() const { return provisioned_by_start_; }

  /// Throws Error{unavailable} without an owner, {unauthenticated} or {refused} for somebody else.
  [[nodiscard]] Owner judge(const std::optional<std::string>& certificate_pem) const;
  /// Replaces the configuration, durable on return, and returns the one before.
  std::shared_ptr<const Owned> configure(const Owner& who, cas::OwnerConfig config,
                                         const Notes& notes);

 private:
  void follow_others() const;
  void follow() const;
  void store_next(const OwnershipPermission& permission, const std::string& certificate_pem,
                  cas::OwnerConfig config, int version, const Notes& notes);

  Store& store_;
  const Unowned unowned_;
  bool provisioned_by_start_ = false;
  std::mutex changing_;  ///< one provisioning or configuration at a time
  OnConfigured told_;
  mutable std::atomic<bool> following_ = false;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Owned> owned_;
  mutable std::shared_ptr<const Owned> told_of_;  ///< that is in effect
  mutable crypto::Secret token_;
  mutable std::uint64_t facts_seen_ = 0;
};

}  // namespace sconectl::casd
