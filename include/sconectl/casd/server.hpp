// The CAS as a network server (`sconectl cas serve`).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/availability_config.hpp"
#include "sconectl/casd/audit_options.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd {

/// Bounds for hostile clients (RA-005).
struct ServerLimits {
  std::size_t body_bytes = 4UL * 1024 * 1024;
  std::size_t header_bytes = 16UL * 1024;
  std::chrono::milliseconds timeout{30'000};  ///< handshake, one request, idle keep-alive
  std::size_t connections = 16'384;           ///< on both ports together; more are closed at once
  /// Of them, those that come from one address (see Peer): so none can take them all.
  std::size_t connections_of_address = 12'288;
  /// Bodies up to this size are for everybody; a larger one needs a client certificate, and there
  /// are at most `large_bodies` of them at a time (then 503).
  std::size_t small_body_bytes = 64UL * 1024;
  std::size_t large_bodies = 32;
  /// With more connections than `many`, one that says nothing is closed after `short_timeout`.
  std::size_t many = 1'000;
  std::chrono::milliseconds short_timeout{5'000};
};

/// Where the log goes, and how much of it is kept.
struct LogOptions {
  std::filesystem::path file = {};              ///< empty: stderr
  std::size_t file_bytes = 10UL * 1024 * 1024;  ///< beyond which a new file is begun
  std::size_t files = 5;                        ///< that are kept: cas.log, cas.1.log, ...
  std::size_t lines_per_second = 20;            ///< of each kind; the others are only counted
  bool details = false;                         ///< what is of interest to find a fault
  cas::LogLevel level = cas::LogLevel::info;    ///< lines below it are not written
};

struct ServerOptions {
  /// Where everything is kept; see ServiceOptions. The key hash (`cas-key-hash`), the certificates
  /// (`cas-chain.pem`, both 0644) and the addresses in use (`endpoint.json`, and
  /// `last-endpoint.json`, which stays when the CAS has stopped) are written there too,
  /// so that a client on the same machine can trust and find this CAS.
  std::filesystem::path data;
  /// `ip:port` or `[v6]:port`; port 0 picks a free one. Empty: 127.0.0.1 with the port of the last
  /// start, at first 8081 and 18765; if another program has it, the next free one, and the log says
  /// so.
  std::vector<std::string> api_listen = {};
  std::vector<std::string> enclave_listen = {};
  /// `GET /metrics` for Prometheus, plain HTTP: for everybody who reaches the address. Empty: none.
  std::string metrics_listen = {};
  /// Secrets for enclaves that speak Gramine's secret_prov, usually at port 4433:
  /// `IP:PORT[/SERVER_NAME]=SESSION/SERVICE:SECRET`.
  std::vector<std::string> secret_prov = {};
  /// A socket of the file system that services reach too (host::Relay): containers see a directory
  /// of this machine, but not its loopback. Empty: none. Where it can not be made, the log says so.
  std::filesystem::path service_socket = {};
  /// DNS names and IP addresses for the certificate, beside the defaults and the listen addresses.
  std::vector<std::string> names = {};
  /// Threads for connections; 0: one per core.
  std::size_t threads = 0;
  ServerLimits limits = {};
  LogOptions log = {};
  std::chrono::seconds reconnect_timeout = std::chrono::hours(24);  ///< see ServiceOptions
  /// Where that comes from which evidence is judged by (collateral::make_source, make_snp_source);
  /// it is kept in `collateral` below `data`.
  std::string collateral = "pcs";
  std::string snp_collateral = "kds";
  // The same:
  std::string database_url = {};
  AuditOptions audit = {};
  SnapshotOptions snapshots = {};
  TraceOptions traces = {};
  std::optional<crypto::Certificate> evidence_test_root = {};
  bool accept_missing_counter = false;
  KeyIdentities key_identities = {};
  std::chrono::milliseconds lock_timeout{0};
  std::optional<std::string> owner = {};
  std::optional<std::vector<std::string>> import_from = {};
  std::vector<std::string> azure_clouds = {};
  std::int64_t versions_per_creator = 1'000'000;
  std::int64_t versions_per_address = 250'000;
  std::optional<std::int64_t> max_sessions = {};
  std::optional<std::uint32_t> requests_per_second = {};
  std::optional<SelfProvisioning> self_provisioning = {};
  /// Beyond loopback a CAS without an owner answers almost nothing (CC-054), unless the root
  /// session has an owner (`owner`) or this is set.
  /// Without an owner, log a token that somebody can become it with, also where none is demanded.
  bool offer_ownership = true;
  bool allow_unprovisioned = false;
  /// For trying things out: nothing is kept, and only loopback is listened on.
  bool dev = false;
  /// After SIGTERM: how long requests are still accepted while `/v1/health/ready` answers 503, and
  /// how long those in progress may take after that (CC-025).
  std::chrono::milliseconds drain_delay{0};
  std::chrono::milliseconds drain_timeout{5'000};
};

/// What SIGHUP brings: what may change while the CAS runs (CC-023).
struct ReloadedOptions {
  std::vector<std::string> names = {};  ///< as ServerOptions
  LogOptions log = {};
};
/// Reads the configuration again. Throws diag::Error if it is wrong: all stays as it is.
using Reload = std::function<ReloadedOptions()>;

class Server {
 public:
  /// Loads or makes the identity and the database; listens only after start().
  explicit Server(ServerOptions options);
  /// Throws what a start would throw because of options that nothing else reads: addresses of
  /// imports, clouds, collateral and secret_prov. Opens and contacts nothing.
  static void check(const ServerOptions& options);
  /// As stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Turns off core dumps of the process, listens, logs `CAS key hash is: <hash>` (CC-028) and
  /// serves in threads of its own. Throws Error{unavailable} for a given address that can not be
  /// used.
  void start();
  /// The addresses in use, with real ports.
  [[nodiscard]] std::vector<std::string> api_addresses() const;
  [[nodiscard]] std::vector<std::string> enclave_addresses() const;
  [[nodiscard]] std::vector<std::string> secret_prov_addresses() const;
  /// Empty without metrics.
  [[nodiscard]] std::string metrics_address() const;
  [[nodiscard]] std::string key_hash() const;
  [[nodiscard]] std::string chain_pem() const;
  [[nodiscard]] std::string session_encryption_key() const;

  /// Waits for SIGTERM or SIGINT, then drains and stops; returns the signal (CC-025). SIGHUP opens
  /// the log file anew, begins those files of the audit log anew that were given another name
  /// (CC-073), issues the server's certificate anew and, if there is `reload`, uses what it brings
  /// (CC-023). SIGUSR1 makes a snapshot (CC-079). A service manager is told of all that
  /// (sd_notify).
  int run_until_signal(const Reload& reload = {});
  /// Accepts no more, finishes the requests in progress (at most `drain_timeout`), ends all
  /// threads.
  void stop();

 private:
  void drain();

  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace sconectl::casd
