#include "sconectl/casd/server.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "casd/connections/connection_server.hpp"
#include "casd/http/http_protocol.hpp"
#include "casd/http/metrics_listener.hpp"
#include "casd/log/logger.hpp"
#include "casd/secret_prov/secret_prov_protocol.hpp"
#include "casd/secrets/import_sources.hpp"
#include "casd/server/exposure.hpp"
#include "casd/server/usual_port.hpp"
#include "sconectl/azure/cloud.hpp"
#include "sconectl/cas/address.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/collateral/cache.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/host/relay.hpp"
#include "sconectl/host/service_manager.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::casd {

namespace {

constexpr unsigned for_everybody = 0644;
constexpr unsigned for_everybody_to_enter = 0755;
/// As endpoint.json, which is there only while the CAS runs.
constexpr const char* last_endpoint = "last-endpoint.json";

/// Secrets are not written to swap, where the system lets us keep all memory that is in use. With a
/// limit on locked memory nothing is locked: it would end allocations, not swapping.
void forbid_swapping() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
    (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

/// One file descriptor per connection, as many as the system allows.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/// Addresses hold nothing that JSON would escape.
std::string json_list(const std::vector<std::string>& addresses) {
  return addresses.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(addresses, "\",\""));
}

ServiceOptions service_options(const ServerOptions& options,
                               const std::shared_ptr<spdlog::logger>& log, host::Http& network,
                               collateral::Source& collateral,
                               collateral::SnpSource& snp_collateral) {
  ServiceOptions result{.data = options.data,
                        .database_url = options.database_url,
                        .names = options.names,
                        .log = log,
                        .http = &network,
                        .collateral = &collateral,
                        .snp_collateral = &snp_collateral,
                        .evidence_test_root = options.evidence_test_root,
                        .import_from = options.import_from,
                        .azure_clouds = options.azure_clouds,
                        .owner = options.owner,
                        .versions_per_creator = options.versions_per_creator,
                        .versions_per_address = options.versions_per_address,
                        .max_sessions = options.max_sessions,
                        .requests_per_second = options.requests_per_second,
                        .accept_missing_counter = options.accept_missing_counter,
                        .key_identities = options.key_identities,
                        .demand_owner = demands_owner(options),
                        .offer_ownership = options.offer_ownership || demands_owner(options),
                        .self_provisioning = options.self_provisioning,
                        .lock_timeout = options.lock_timeout,
                        .reconnect_timeout = options.reconnect_timeout,
                        .audit = options.audit,
                        .snapshots = options.snapshots,
                        .traces = options.traces};
  add_listen_names(options, result.names);
  return result;
}

}  // namespace

struct Server::Running {
  explicit Running(ServerOptions the_options)
      : options(std::move(the_options)),
        log(make_logger(options.log)),
        clock(host::system_clock()),
        files(host::system_files()),
        network(host::system_http(host::Proxies::from(*host::system_environment()))),
        collateral_source(collateral::make_source(options.collateral, *network, *files)),
        collateral(*collateral_source, *files, *clock, {.directory = options.data / "collateral"},
                   [this](std::string_view text) { log_event(*log, Severity::warning, text); }),
        snp_source(collateral::make_snp_source(options.snp_collateral, *network, *files)),
        snp_collateral(*snp_source, *files, *clock, {.directory = options.data / "collateral"}),
        service(service_options(options, log, *network, collateral, snp_collateral), *clock),
        connections(service, options.limits, options.threads),
        rest(http_protocol(service, Port::api)),
        services(http_protocol(service, Port::enclave)) {}

  /// The server's certificate is another one, for connections from now on.
  void renew_tls() {
    for (const auto& protocol : protocols()) protocol->renew(service);
  }
  [[nodiscard]] std::vector<std::shared_ptr<Protocol>> protocols() const {
    std::vector<std::shared_ptr<Protocol>> all = secrets;
    all.push_back(rest);
    all.push_back(services);
    return all;
  }

  /// Nothing changes if the configuration is wrong.
  void reload(const Reload& read) {
    service.take_next_key();
    try {
      ReloadedOptions fresh{options.names, options.log};
      if (read) fresh = read();
      reopen_log(*log, fresh.log);
      options.log = fresh.log;
      options.names = fresh.names;
      std::vector<std::string> names = options.names;
      add_listen_names(options, names);
      service.renew_certificate(std::move(names));
      tell("CAS has reloaded its configuration");
    } catch (const diag::Error& error) {
      log_event(*log, Severity::error, "CAS goes on with the configuration that it has",
                {{"reason", error.text()}});
      for (const auto& mistake : error.diagnostics())
        log_event(*log, Severity::error, "the configuration is wrong",
                  {{"mistake", mistake.line()}});
    }
  }

  void tell(std::string_view text) const { log_event(*log, Severity::info, text); }

  /// CC-029. Whoever reads the log may become the owner: that is what a token in it is for.
  void tell_token() const {
    const auto token = service.provisioning_token();
    if (options.dev || token.empty()) return;
    tell("CAS provisioning token is: " + token);
    if (service.serves() && !options.owner && beyond_loopback(options))
      log_event(*log, Severity::warning,
                "the CAS has no owner and serves everybody who reaches it: provision it, and start "
                "it with --require-provisioning");
    if (!service.serves())
      log_event(*log, Severity::warning,
                "the CAS is not provisioned: until 'sconectl cas provision' it serves no session "
                "and no service");
  }

  /// On the addresses that were given, else on the usual ports or free ones.
  void listen() {
    const LastPorts last = last_ports(*files, options.data / last_endpoint);
    for (const auto& address : options.api_listen) api.push_back(connections.listen(address, rest));
    for (const auto& address : options.enclave_listen)
      enclave.push_back(connections.listen(address, services));
    listen_for_secrets();
    if (api.empty()) listen_on_loopback(rest, last.api, cas::client_port, "--listen", api);
    if (enclave.empty())
      listen_on_loopback(services, last.enclave, cas::enclave_port, "--enclave-listen", enclave);
    if (!options.metrics_listen.empty())
      metrics.emplace(options.metrics_listen, [this] { return service.metrics_text(readings()); });
  }

  void tell_metrics() const {
    if (!metrics) return;
    tell("CAS publishes metrics at " + metrics->address());
    if (metrics_beyond_loopback(options))
      log_event(*log, Severity::warning,
                "everybody who reaches the address of the metrics reads them, without TLS: keep it "
                "to those who should");
  }
  [[nodiscard]] ServerReadings readings() {
    const auto in_use = collateral.in_use();
    return {connections.open_connections(), in_use.kinds, in_use.first_end, in_use.last_end};
  }

  /// One protocol for each address: the server name decides on it.
  void listen_for_secrets() {
    for (auto& [address, listeners] : parse_secret_listeners(options.secret_prov)) {
      secrets.push_back(secret_prov_protocol(service, std::move(listeners), *log));
      secret_prov.push_back(connections.listen(address, secrets.back()));
    }
  }

  void listen_on_loopback(const std::shared_ptr<Protocol>& protocol,
                          std::optional<std::uint16_t> last, std::uint16_t usual,
                          std::string_view option, std::vector<std::string>& addresses) {
    const std::uint16_t wanted = last.value_or(usual);
    const std::uint16_t port = listen_on_usual_port(connections, protocol, last, usual, option);
    if (port != wanted)
      tell(fmt::format("port {} is taken by another program: port {} is used from now on", wanted,
                       port));
    addresses.push_back(loopback(port));
  }

  /// The CAS serves without it where it can not be made.
  void open_service_socket() {
    if (options.service_socket.empty()) return;
    try {
      files->make_directories(options.service_socket.parent_path(), for_everybody_to_enter);
      socket.emplace(options.service_socket,
                     text::parse_address(enclave.front(), {.otherwise = std::nullopt, .least = 1}));
    } catch (const diag::Error& error) {
      log_event(*log, Severity::warning, "containers can not reach this CAS",
                {{"reason", error.text()}});
    }
  }

  void write_keys() const {
    files->write(options.data / "cas-key-hash", service.key_hash() + "\n", for_everybody);
    files->write(options.data / "cas-chain.pem", service.chain_pem(), for_everybody);
  }

  /// The CAS has a new certificate, and perhaps other keys above it.
  void show_certificate() {
    renew_tls();
    try {
      write_keys();
    } catch (const diag::Error& error) {
      log_event(*log, Severity::error, "the keys of the CAS are not in its directory",
                {{"reason", error.text()}});
    }
  }

  void write_endpoint() const {
    write_keys();
    const std::string addresses =
        fmt::format("\"api\":{},\"enclave\":{}", json_list(api), json_list(enclave));
    files->write(options.data / last_endpoint, fmt::format("{{{}}}\n", addresses), for_everybody);
    const std::string published =
        metrics ? fmt::format(",\"metrics\":[\"{}\"]", metrics->address()) : "";
    files->write(options.data / "endpoint.json",
                 fmt::format("{{{}{},\"pid\":{}}}\n", addresses, published, getpid()),
                 for_everybody);
  }

  ServerOptions options;
  std::shared_ptr<spdlog::logger> log;
  std::unique_ptr<host::Clock> clock;
  std::unique_ptr<host::Files> files;
  std::unique_ptr<host::Http> network;
  std::unique_ptr<collateral::Source> collateral_source;
  collateral::Cache collateral;
  std::unique_ptr<collateral::SnpSource> snp_source;
  collateral::SnpCache snp_collateral;
  Service service;
  ConnectionServer connections;
  std::shared_ptr<Protocol> rest;
  std::shared_ptr<Protocol> services;
  std::vector<std::shared_ptr<Protocol>> secrets;  ///< secret_prov, one for each address
  std::vector<std::string> api;
  std::vector<std::string> enclave;
  std::vector<std::string> secret_prov;
  std::optional<host::Relay> socket;
  std::optional<MetricsListener> metrics;  ///< the first to end: it asks the others
  bool started = false;
};

Server::Server(ServerOptions options) {
  host::forbid_dumps();
  // It asks for a snapshot while the CAS runs; before and after that it must not end it.
  std::signal(SIGUSR1, SIG_IGN);
  forbid_swapping();
  allow_many_connections();
  if (options.dev && (beyond_loopback(options) || metrics_beyond_loopback(options)))
    throw diag::Error(diag::ErrorKind::usage,
                      "--dev listens on loopback only: name other addresses without it");
  running_ = std::make_unique<Running>(std::move(options));
  // The key is open; only snapshots need what opens it.
  running_->options.key_identities = nullptr;
  // Of one that was killed: its process id may be somebody else's by now.
  running_->files->remove_tree(running_->options.data / "endpoint.json");
}

void Server::check(const ServerOptions& options) {
  const auto files = host::system_files();
  const auto network = host::system_http(host::Proxies());
  (void)parse_secret_listeners(options.secret_prov);
  (void)ImportSources(options.import_from);
  (void)azure::Clouds(options.azure_clouds);
  (void)collateral::make_source(options.collateral, *network, *files);
  (void)collateral::make_snp_source(options.snp_collateral, *network, *files);
}

Server::~Server() {
  stop();
}

void Server::start() {
  auto& running = *running_;
  running.listen();
  running.service.on_new_certificate([&running] { running.show_certificate(); });
  // Exactly one line each (CC-028, CC-029); the value is the last word.
  running.tell("CAS key hash is: " + running.service.key_hash());
  running.tell("CAS software key hash is: " + running.service.software_key_hash());
  running.tell_token();
  if (running.options.dev)
    log_event(*running.log, Severity::warning,
              "DEVELOPMENT MODE: nothing of this CAS is kept when it ends");
  if (running.options.evidence_test_root)
    log_event(*running.log, Severity::warning,
              "EVIDENCE UNDER A TEST ROOT IS ACCEPTED: whoever has its key gets every secret");
  running.connections.start();
  running.open_service_socket();
  running.started = true;
  running.write_endpoint();
  running.tell(fmt::format("CAS serves clients at {} and services at {}",
                           fmt::join(running.api, ", "), fmt::join(running.enclave, ", ")));
  if (!running.secret_prov.empty())
    running.tell(fmt::format("CAS serves secret_prov at {}", fmt::join(running.secret_prov, ", ")));
  running.tell_metrics();
}

std::vector<std::string> Server::api_addresses() const {
  return running_->api;
}
std::vector<std::string> Server::enclave_addresses() const {
  return running_->enclave;
}
std::vector<std::string> Server::secret_prov_addresses() const {
  return running_->secret_prov;
}
std::string Server::metrics_address() const {
  return running_->metrics ? running_->metrics->address() : "";
}
std::string Server::key_hash() const {
  return running_->service.key_hash();
}
std::string Server::chain_pem() const {
  return running_->service.chain_pem();
}
std::string Server::session_encryption_key() const {
  return running_->service.session_encryption_key();
}

int Server::run_until_signal(const Reload& reload) {
  const host::InterruptWatch watch;
  const host::RequestWatch requests;
  const host::ServiceManager manager(*host::system_environment());
  manager.ready();
  using Event = host::RequestWatch::Event;
  for (;;) {
    const Event event = requests.wait(manager.watchdog_interval());
    if (event == Event::interrupt) break;
    if (event == Event::reload) {
      manager.reloading();
      running_->service.begin_audit_files_anew();
      running_->reload(reload);
      manager.ready();
    }
    if (event == Event::snapshot) running_->service.request_snapshot();
    const auto patience = manager.watchdog_interval();
    if (patience && running_->connections.responsive(*patience)) manager.alive();
  }
  const int signal = host::interrupted_by();
  manager.stopping();
  running_->tell(fmt::format("CAS stops on signal {}", signal));
  drain();
  stop();
  return signal;
}

/// Load balancers look at the readiness before they send nobody any more.
void Server::drain() {
  running_->service.drain();
  if (running_->options.drain_delay.count() > 0)
    std::this_thread::sleep_for(running_->options.drain_delay);
}

void Server::stop() {
  if (!running_ || !running_->started) return;
  running_->started = false;
  running_->service.drain();
  running_->connections.stop(running_->options.drain_timeout);
  running_->socket.reset();
  running_->metrics.reset();
  try {
    running_->files->remove_tree(running_->options.data / "endpoint.json");
  } catch (const std::exception&) {  // a stale file names a process that is gone: harmless
  }
  running_->tell("CAS has stopped");
}

}  // namespace sconectl::casd
