// May this caller do this? Asked of the access policies of sessions (SL-254 to SL-277). The answers
// are values that only Authorization can make: functions behind the routes and the store demand
// them.
#pragma once

#include <optional>
#include <string>

#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/write_permissions.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/session/access_policy.hpp"

namespace sconectl::casd {

/// The caller behind a connection, for the policy: the key of its certificate (RA-004).
[[nodiscard]] session::Caller caller_of(const Peer& peer);

/// A thread that serves many connections must wait for nobody: not for the disk, and least of all
/// for another CAS, which somebody else chose.
enum class Waiting { allowed, forbidden };

/// The active version of a session, for somebody who may read it.
class ReadableSession {
 public:
  [[nodiscard]] const StoredSession& version() const { return *version_; }

 private:
  friend class Authorization;
  explicit ReadableSession(StoredSessionPtr version) : version_(std::move(version)) {}
  StoredSessionPtr version_;
};

/// The hash of a session: for those who may read it and, if it is salted, for everybody (SL-056).
class ReadableHash {
 public:
  [[nodiscard]] const std::string& hash() const { return hash_; }
  [[nodiscard]] bool salted() const { return salted_; }

 private:
  friend class Authorization;
  explicit ReadableHash(const StoredSession& version)
      : hash_(version.hash), salted_(version.salted) {}
  std::string hash_;
  bool salted_;
};

/// A namespace whose sessions the caller may list.
class ListableNamespace {
 public:
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class Authorization;
  explicit ListableNamespace(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

/// The active version of a session, for somebody who may update it, and so may also end what its
/// services have (RA-089), and delete it (RA-091).
class OwnedSession {
 public:
  [[nodiscard]] const LoadedSession& session() const { return *session_; }
  [[nodiscard]] const SessionWritePermission& write_permission() const { return permission_; }
  [[nodiscard]] const StatePermission& state_permission() const { return state_permission_; }

 private:
  friend class Authorization;
  OwnedSession(LoadedSessionPtr session, SessionWritePermission permission)
      : session_(std::move(session)),
        permission_(std::move(permission)),
        state_permission_(permission_) {}
  LoadedSessionPtr session_;
  SessionWritePermission permission_;
  StatePermission state_permission_;
};

/// Asks session::decide() with the policy's placeholders resolved from the session's secrets
/// (SL-264), and turns a "no" into an Error: unauthenticated without any credential, else refused
/// (SL-277). The reasons, which name the policy, go only to a caller who may read the session.
/// Where waiting is forbidden and a decision depends on a secret that may have to be waited for,
/// the answer is nothing.
class Authorization {
 public:
  Authorization(SecretReader& secrets, const session::Caller& caller,
                Waiting waiting = Waiting::allowed)
      : secrets_(secrets), caller_(caller), waiting_(waiting) {}

  /// The caller's key may read this version whatever its placeholders stand for, as the store knows
  /// (StoredSession::sure_reader): the session need not even be parsed.
  [[nodiscard]] static std::optional<ReadableSession> known_reader(const session::Caller& caller,
                                                                   const StoredSessionPtr& active);
  [[nodiscard]] std::optional<ReadableSession> read(const LoadedSession& active) const;
  [[nodiscard]] std::optional<ReadableHash> read_hash(const LoadedSession& active) const;
  [[nodiscard]] std::optional<ListableNamespace> list(const LoadedSession& active) const;

  [[nodiscard]] OwnedSession own(const LoadedSessionPtr& active) const;

  /// The update of the session whose active version is given (SL-273).
  [[nodiscard]] SessionWritePermission update(const LoadedSession& active) const;
  /// The creation of `name` below its namespace (SL-043).
  [[nodiscard]] SessionWritePermission create(const LoadedSession& parent,
                                              const std::string& name) const;
  /// The claim of the root session while nobody has it (SL-045): open to everybody.
  [[nodiscard]] static SessionWritePermission claim_root(const LoadedSession& active);

 private:
  /// False: it would have to wait. Throws the refusal.
  [[nodiscard]] bool require(const LoadedSession& active, session::Operation operation) const;
  [[nodiscard]] std::optional<session::Decision> decide(const LoadedSession& active,
                                                        session::Operation operation) const;

  SecretReader& secrets_;
  const session::Caller& caller_;
  Waiting waiting_;
};

}  // namespace sconectl::casd
