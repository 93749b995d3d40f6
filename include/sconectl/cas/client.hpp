// One CAS, as a client sees it (docs/rules/cas-rest.md, CL-012 to CL-016).
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/cas/address.hpp"
#include "sconectl/cas/audit_log.hpp"
#include "sconectl/cas/identity.hpp"
#include "sconectl/cas/trust.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/cas/wire_denials.hpp"
#include "sconectl/cas/wire_leases.hpp"
#include "sconectl/cas/wire_namespaces.hpp"
#include "sconectl/cas/wire_owner.hpp"
#include "sconectl/cas/wire_releases.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::cas {

/// Whom to talk to, whom to believe, and who we are.
struct Peer {
  Address address;
  Trust trust;
  std::optional<Identity> identity;  ///< absent: no client certificate is shown
  int retries = 3;                   ///< more attempts after a network error, CL-012
  /// For the connection, and again for the answer; absent: those of host::HttpRequest.
  std::optional<std::chrono::milliseconds> patience = std::nullopt;
  /// The largest reply that is taken; absent: that of host::HttpRequest.
  std::optional<std::size_t> reply_bytes = std::nullopt;
};

/// Every call throws Error{unavailable} if the CAS can not be reached, Error{refused} (with both
/// key hashes) if it is not the trusted one — before a byte of the request is sent —, Error{failed}
/// if its reply makes no sense, and for an HTTP error the kind of error_kind(status) with the
/// reply's `msg` as causes. Retries happen only when there was no HTTP answer at all.
///
/// A Client may be copied and used from several threads: it only remembers, for all its copies,
/// which certificates it has already judged to be the CAS's.
class Client {
 public:
  /// `http` and `clock` must outlive the client.
  Client(host::Http& http, host::Clock& clock, Peer peer);

  [[nodiscard]] const Peer& peer() const { return peer_; }

  /// Creates or updates a session from YAML, signed or encrypted JSON (RA-025, RA-026). A retry may
  /// meet the session that its first attempt made: that is Error{conflict}; upload() sorts it out.
  SessionAccepted create_session(std::string_view body);
  /// Dry run, stores nothing (RA-034).
  SessionAccepted check(std::string_view body);
  /// The active version, or the one with this hash (RA-027, RA-028). Error{not_found} if absent.
  /// The hash is checked against the session's text (CL-074).
  SessionText read_session(std::string_view name,
                           const std::optional<std::string>& hash = std::nullopt);
  /// RA-041: the text exactly as signed, with its signatures.
  SessionText read_verbatim(std::string_view name);
  /// RA-031, and read_session() for a CAS without that path (CL-070).
  HashReply session_hash(std::string_view name);
  /// All direct children, page after page (RA-032).
  SessionList list(std::string_view namespace_path);
  History history(std::string_view name);
  /// Of the session's services; for who may update it (RA-089).
  LeaseList leases(std::string_view name);
  /// Of one service, or of all; one lease (32 hex digits), or all.
  LeasesRevoked revoke_leases(std::string_view name, const std::optional<std::string>& service,
                              const std::optional<std::string>& lease);
  /// All versions, values and states; for who may update it (RA-091). `hash`: only if that is the
  /// active version. Error{conflict} while there are sessions below it or, without `force`, while
  /// others import from it.
  SessionDeleted delete_session(std::string_view name, const std::optional<std::string>& hash,
                                bool force);
  /// Seals the session and all below it with a key of ours, or gives it another one; for who may
  /// update it. Nobody with the database and its key can read them then.
  NamespaceStatus seal_namespace(std::string_view name, const crypto::Secret& key);
  /// The same back.
  NamespaceStatus unseal_namespace(std::string_view name);
  /// The CAS knows the key until it ends or is told to forget it. For who has the key;
  /// Error{refused} for another one.
  NamespaceStatus unlock_namespace(std::string_view name, const crypto::Secret& key);
  /// It does not know the key any more; for who may update the session.
  NamespaceStatus lock_namespace(std::string_view name);
  /// For everybody.
  NamespaceStatus namespace_status(std::string_view name);
  /// What of the session was given to which service; for who may update it. Error{unsupported}: the
  /// CAS keeps no receipts.
  ReleaseList releases(std::string_view name);
  /// Why a service was refused; for who may read its session (RA-092). `id`: DenialInfo::id.
  DenialInfo denial(std::string_view id);
  /// Of entries from `least` to `most`, page after page; for the owner of the CAS (RA-069).
  AuditCheckpoints audit_checkpoints(
      std::uint64_t least = 0, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  /// Only `latest`.
  AuditCheckpoints newest_audit_checkpoint();
  /// Makes our identity the owner (RA-067); Error{conflict} if there is one.
  OwnerReply provision(const ProvisionRequest& request);
  /// Replaces the owner's configuration, which is encode(OwnerConfig) (RA-068).
  OwnerReply replace_config(const crypto::Secret& config);
  /// As the owner.
  KeyRotationReply rotate_keys(const KeyRotation& rotation);
  PublicValue value(const ValuesQuery& query);
  PublicValues values(const ValuesQuery& query);
  Version version();
  Health health();

  /// The report for `nonce` (raw bytes, at least 16) and the connection's certificates; trusted_cas
  /// judges them. Works with every Trust; for a first contact it is TrustAny.
  Attested attest(std::string_view nonce);

  /// A secret of a session of that CAS for a session of ours; this client's identity is that of our
  /// own server.
  /// `hops`: how many CASes have asked each other for it, ours included (import_hops_header).
  ExportReply exported(const ExportRequest& request, std::size_t hops = 1);

  /// The service interface (RA-084); the address is that of the enclave port.
  Challenge service_challenge();
  ConfigReply service_config(const ConfigRequest& request);
  /// `key`: of the lease that came with the configuration.
  SecretsReply service_secrets(const SecretsRequest& request, std::string_view key);

 private:
  struct Call {
    std::string method;
    std::string target;
    std::string body;
    std::string content_type;
    host::HttpHeaders headers = {};
  };
  class Judged;

  [[nodiscard]] host::HttpResponse send(const Call& call);
  [[nodiscard]] host::HttpResponse send_once(const host::HttpRequest& request);
  [[nodiscard]] host::HttpResponse get(std::string target);
  [[nodiscard]] host::HttpResponse post(std::string target, std::string body);

  host::Http* http_;
  host::Clock* clock_;
  Peer peer_;
  std::optional<host::ClientCertificate> certificate_;
  std::shared_ptr<Judged> judged_;
};

}  // namespace sconectl::cas
