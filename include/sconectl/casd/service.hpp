// The CAS without a socket: requests in, responses out.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/cas/identity.hpp"
#include "sconectl/casd/audit_options.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/casd/snapshot_options.hpp"
#include "sconectl/casd/trace_options.hpp"
#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/collateral/source.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/session/placeholder.hpp"

namespace spdlog {
class logger;
}

namespace sconectl::casd {

/// The two sides of a CAS: for people and tools (8081), and for services (18765). Health and
/// version answer on both.
enum class Port { api, enclave };

/// Who sent a request. The connection has proved that it holds the certificate's key; nothing else
/// about the certificate is trusted (RA-004).
struct Peer {
  /// The first certificate of the client, PEM. Nothing without one.
  std::optional<std::string> certificate_pem = {};
  /// Where it comes from: an IPv4 address, or the /64 network of an IPv6 address, because a client
  /// has such a network for itself. Empty if it is not known.
  std::string source = {};
};

class Trace;

struct Request {
  std::string method;             ///< "GET", "POST", ...
  std::string target;             ///< path and query as sent, percent-encoded
  std::string content_type = {};  ///< the header's value or ""
  std::string body = {};
  Peer peer = {};
  Port port = Port::api;
  /// How many CASes have asked each other before this request (cas::import_hops_header).
  std::size_t import_hops = 0;
  std::shared_ptr<Trace> trace = {};  ///< of Service::begin_trace()
};

/// A secret for an enclave that shows a quote in its certificate (Gramine's secret_prov).
struct SecretRequest {
  std::string config_id;  ///< session/service: what the enclave has to be
  session::Placeholder secret;
  Peer peer;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  /// Further headers: Allow, Retry-After.
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// What it is counted under (Service::metrics); 0: no route was found. Not for the client.
  std::size_t route = 0;
};

/// What metrics tell of the server around the service.
struct ServerReadings {
  std::size_t open_connections = 0;
  std::size_t collateral_kinds = 0;     ///< of platforms, in use (collateral::Cache)
  crypto::Time collateral_first_end{};  ///< of their collateral; nothing in use: 1970
  crypto::Time collateral_last_end{};
};

/// An owner who provisions the CAS by its start (CC-018, CC-058).
struct SelfProvisioning {
  std::string owner_certificate;     ///< PEM
  std::string owner_config;          ///< encode(cas::OwnerConfig)
  bool skip_if_provisioned = false;  ///< else a second start is an error (CC-059)
};

struct ServiceOptions {
  /// Data directory (mode 0700, made if missing): cas.db, cas.key-store, cas.lock.
  std::filesystem::path data;
  /// Of a PostgreSQL that several CASes share instead of cas.db; "": none. The key file has to be
  /// there then, the same for all. May hold a password.
  std::string database_url = {};
  /// DNS names and IP addresses in the server certificate beside cas, localhost, 127.0.0.1, ::1.
  std::vector<std::string> names = {};
  /// Gets what the operator should know; a null pointer: nobody does.
  std::shared_ptr<spdlog::logger> log = {};
  /// The way to other CASes (imports with `cas_url`) and to Azure; a null pointer: there is none.
  /// It must live as long as the service.
  host::Http* http = nullptr;
  /// Where that comes from which quotes of SGX and TDX, and reports of SNP, are judged by; a null
  /// pointer: such evidence is not judged. They must live as long as the service.
  collateral::Source* collateral = nullptr;
  collateral::SnpSource* snp_collateral = nullptr;
  /// Another root than the manufacturer's for evidence, for tests: its owner can claim anything.
  std::optional<crypto::Certificate> evidence_test_root = {};
  /// HOST or HOST:PORT of the CASes that this one may connect to; nothing: all.
  std::optional<std::vector<std::string>> import_from = {};
  /// Further clouds of Azure, SUFFIX=AUTHORITY (azure::Clouds).
  std::vector<std::string> azure_clouds = {};
  /// Key hash of the owner of the root session: at the first start he gets it, later it must be
  /// his. Nothing: whoever claims it first, and until then everybody may create sessions (SL-045).
  std::optional<std::string> owner = {};
  /// How many versions of sessions one key may store, creations and updates together.
  std::int64_t versions_per_creator = 1'000'000;
  /// How many versions one address may store in an hour, with whatever keys.
  std::int64_t versions_per_address = 250'000;
  /// How many sessions there may be beside the root; beyond that no new name is taken, and updates
  /// are. Nothing: no bound (CC-009).
  std::optional<std::int64_t> max_sessions = {};
  /// How many requests one address may send; nothing: no bound (CC-009).
  std::optional<std::uint32_t> requests_per_second = {};
  /// Start although `cas.counter` is missing: nobody can tell then whether the database is the
  /// newest one.
  bool accept_missing_counter = false;
  KeyIdentities key_identities = {};  ///< for a key file that is sealed (seal_key)
  /// Without an owner, answer only what belongs to becoming owned (CC-054).
  bool demand_owner = false;
  /// Without an owner, have a token that somebody can become it with (CC-055).
  bool offer_ownership = true;
  /// Make this the owner at the start (CC-018).
  std::optional<SelfProvisioning> self_provisioning = {};
  /// How long a start waits for the end of another CAS that uses the directory, before it fails.
  std::chrono::milliseconds lock_timeout{0};
  /// How long a service may come back with its lease after it was heard of last (RA-087).
  std::chrono::seconds reconnect_timeout = std::chrono::hours(24);
  /// What is written down of all that is changed, released or refused.
  AuditOptions audit = {};
  SnapshotOptions snapshots = {};
  TraceOptions traces = {};  ///< they go by `http`
};

struct CasState;
class RequestRate;
class Snapshots;
class Tracer;
struct CasMetrics;

/// Safe to use from several threads.
class Service {
 public:
  /// Opens or makes the data directory; see Store for what is refused (CC-014, CC-015, CC-016).
  /// `clock` must live as long as this.
  Service(const ServiceOptions& options, host::Clock& clock);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Answers every request, also senseless ones; throws nothing (RA-011 to RA-024). May wait: for
  /// the disk, for another CAS.
  [[nodiscard]] Response handle(const Request& request);
  /// As handle(), but never waits: nothing if the answer would have to, and nothing was done then.
  [[nodiscard]] std::optional<Response> handle_at_once(const Request& request);

  /// Some requests are traced.
  [[nodiscard]] bool traced() const { return tracer_ != nullptr; }
  /// A request came at this time, at this port of the server; `traceparent` is the value of its
  /// only header of that name, or "". A null pointer: this one is not traced.
  [[nodiscard]] std::shared_ptr<Trace> begin_trace(std::string_view method,
                                                   std::string_view traceparent, std::uint16_t port,
                                                   std::chrono::steady_clock::time_point at);
  /// It gets this answer.
  void end_trace(Trace& trace, const Response& response);

  /// The answer to an address that sends too many requests (ServiceOptions::requests_per_second);
  /// nothing: this one passes. Health always does. Never waits.
  [[nodiscard]] std::optional<Response> refuse_too_many(const std::string& source,
                                                        std::string_view target);

  /// The bytes to send: text with a NUL behind it, as Gramine takes it, other formats as they are.
  /// Nothing if it is refused or can not be had; the log says why. May wait.
  [[nodiscard]] std::optional<crypto::Secret> provide_secret(const SecretRequest& request);

  /// Makes one soon, if there are any (CC-079). Does not wait.
  void request_snapshot();
  /// Seals all rows with the next key of the key file, if there is one (begin_key_rotation). The
  /// log tells how that ended.
  void take_next_key();
  /// Files of the audit log that were given another name are begun anew (CC-073). May wait.
  void begin_audit_files_anew();

  /// The program ends: requests that wait for something that takes seconds are refused.
  void stop_long_work();

  /// Base58Check hash of the root key (CC-052): what clients pin.
  [[nodiscard]] std::string key_hash() const;
  [[nodiscard]] std::string software_key_hash() const;
  /// `cas-instance`, then `cas`, PEM (RA-002).
  [[nodiscard]] std::string chain_pem() const;
  /// What the TLS server shows after its certificate: chain_pem(), or, after the root was changed,
  /// what leads to the roots before it, too.
  [[nodiscard]] std::string shown_chain_pem() const;
  /// 64 hex digits (RA-045).
  [[nodiscard]] std::string session_encryption_key() const;
  /// Certificate and key of the TLS server now; the certificate chains to chain_pem().
  [[nodiscard]] cas::Identity server_identity() const;
  [[nodiscard]] crypto::Certificate server_certificate() const;

  /// `told` is called whenever server_identity() is another one (CC-048), by any thread. Before the
  /// first request.
  void on_new_certificate(std::function<void()> told);
  /// Issues the server's certificate anew, also for these names of the operator (CC-023).
  void renew_certificate(std::vector<std::string> names);

  /// 32 hex digits, while the CAS has no owner (CC-055); else "".
  [[nodiscard]] std::string provisioning_token() const;
  /// Sessions, values and services are served: there is an owner, or none is demanded (CC-054).
  [[nodiscard]] bool serves() const;
  /// From now on `/v1/health/ready` answers 503, and everything else as before (CC-025).
  void drain();

  /// What is counted. The server counts the requests that it answers, and its connections.
  [[nodiscard]] CasMetrics& metrics() { return *metrics_; }
  /// All of it, as Prometheus reads it. May wait for the disk.
  [[nodiscard]] std::string metrics_text(const ServerReadings& readings);

 private:
  std::unique_ptr<CasMetrics> metrics_;
  std::unique_ptr<CasState> state_;
  std::unique_ptr<Snapshots> snapshots_;       ///< a null pointer: none are made
  std::unique_ptr<Tracer> tracer_;             ///< a null pointer: nothing is traced
  std::unique_ptr<RequestRate> request_rate_;  ///< a null pointer: there is no bound
};

}  // namespace sconectl::casd
