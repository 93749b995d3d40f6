// Permissions to write to the store, as values that only those who decide can make. The store
// demands one for every write, so that no path to it can forget to ask.
#pragma once

#include <string>

namespace sconectl::casd {

class Owner;

/// The CAS starts, and may store what it is made of if it is not there yet: its identity, its keys,
/// its root session. Requests can not have it.
class StartPermission {
 public:
  StartPermission(const StartPermission&) = delete;
  StartPermission& operator=(const StartPermission&) = delete;

 private:
  friend struct CasState;
  friend struct PermissionsForTests;
  StartPermission() = default;
};

/// Somebody may store a version of the session `name`.
class SessionWritePermission {
 public:
  /// For the root session that every CAS begins with (SL-045).
  explicit SessionWritePermission(const StartPermission&) : name_("/") {}
  SessionWritePermission(SessionWritePermission&&) = default;

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class Authorization;
  friend struct PermissionsForTests;
  explicit SessionWritePermission(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

/// A service has proved that it is one of a stored session, and may change what the CAS remembers
/// of it: used one-time passwords, tags and keys of its file systems, its leases. Whoever may write
/// the session may change that too.
class StatePermission {
 public:
  explicit StatePermission(const SessionWritePermission&) {}
  StatePermission(StatePermission&&) = default;

 private:
  friend class ServiceAuthentication;
  friend class LeaseHolder;
  friend struct PermissionsForTests;
  StatePermission() = default;
};

/// A certificate has to be issued anew (SL-146).
class RenewalPermission {
 public:
  RenewalPermission(const RenewalPermission&) = delete;
  RenewalPermission& operator=(const RenewalPermission&) = delete;

 private:
  friend class CertificateRenewal;
  friend struct PermissionsForTests;
  RenewalPermission() = default;
};

/// Somebody who may has provisioned the CAS, or its owner configures it or changes its keys
/// (CC-056).
class OwnershipPermission {
 public:
  explicit OwnershipPermission(const StartPermission&) {}
  explicit OwnershipPermission(const Owner&) {}
  OwnershipPermission(const OwnershipPermission&) = delete;
  OwnershipPermission& operator=(const OwnershipPermission&) = delete;

 private:
  friend class Ownership;
  friend struct PermissionsForTests;
  OwnershipPermission() = default;
};

}  // namespace sconectl::casd
