#include "cli/serve_flags.hpp"

#include "cli/database_option.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"

namespace sconectl::cli {

namespace {

/// An empty variable of a script does not mean "everybody".
std::string key_hash_of_owner(const std::string& text) {
  if (!crypto::parse_key_hash(text))
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--owner: '{}' is not a key hash; 'sconectl self show-key-hash' "
                                  "prints ours",
                                  text));
  return text;
}

std::chrono::seconds serve_duration(const char* option, const std::string& text) try {
  if (text == "0" || text == "0s") return std::chrono::seconds(0);
  return session::parse_duration(text);
} catch (const diag::Error& error) {
  throw diag::Error(diag::ErrorKind::usage, fmt::format("{}: {}", option, error.text()));
}

std::chrono::seconds serve_wait(const char* option, const std::string& text) {
  const auto wait = serve_duration(option, text);
  if (wait <= cas::longest_wait) return wait;
  throw diag::Error(diag::ErrorKind::usage, fmt::format("{} is at most a day", option));
}

/// Nothing: every address.
std::optional<std::vector<std::string>> sources_of_imports(std::vector<std::string> given) {
  if (given.empty()) return std::nullopt;
  if (given.size() == 1 && given.front() == "none") given.clear();
  return given;
}

/// An option that may be repeated, and takes one value each time.
CLI::Option* add_list(CLI::App& parser, const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  return parser.add_option(name, values, help)->allow_extra_args(false);
}

}  // namespace

void ServeFlags::must_say_something(const CLI::Option* option) {
  not_empty_.push_back(option);
}

void ServeFlags::add_to(Parser& parser, const action::System& system) {
  must_say_something(
      parser
          .add_option("-c,--config", config_file,
                      "Availability configuration (TOML, JSON or YAML; docs/operating-the-cas.md); "
                      "options of the command line go before it")
          ->type_name("FILE"));
  parser.add_flag("--check-config", check_config,
                  "Say every mistake of the configuration and end, without serving");
  parser.add_flag("--dev", dev,
                  "Try things out: keep nothing, listen on loopback only, need no owner");
  add_places(parser, system);
  add_ownership(parser);
  add_sources(parser);
  add_times(parser);
  parser.add_flag(
      "--accept-missing-counter", accept_missing_counter,
      "Start although cas.counter is missing, and take the database as it is: whether it "
      "is the newest one is not known then");
  must_say_something(parser.add_option("--threads", settings_.threads,
                                       "Threads for connections (default: one per core)"));
  add_log(parser);
  add_traces(parser);
  audit.add_to(parser);
}

void ServeFlags::add_places(CLI::App& parser, const action::System& system) {
  parser
      .add_option("--data", data_,
                  fmt::format("Data directory (default {})",
                              action::embedded_cas_directory(system).string()))
      ->type_name("DIR");
  must_say_something(
      parser
          .add_option("--database", settings_.database_url,
                      "Keep the data in this PostgreSQL, which other CASes may share, and in "
                      "--data only the key and what this CAS remembers of it (default: in --data). "
                      "A password belongs into PGPASSWORD, ~/.pgpass or the file of --config")
          ->type_name("URL"));
  must_say_something(
      parser
          .add_option("--snapshots", settings_.snapshots,
                      "Put encrypted copies of the CAS there, when SIGUSR1 asks for one (default: "
                      "none)")
          ->type_name("DIR"));
  add_list(parser, "--snapshot-recipient", settings_.snapshot_recipients,
           "Who can open them: age1... (repeatable; 'cas backup keygen' makes a key)")
      ->type_name("AGE1");
  must_say_something(parser
                         .add_option("--snapshot-interval", snapshot_interval_,
                                     "Make one after this time, too, if something was stored")
                         ->type_name("DURATION"));
  parser
      .add_option("--snapshots-kept", settings_.snapshots_kept,
                  "How many stay; older ones are removed (default 48)")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  key.add_to(parser, "--key-identity", "--key-share", "the key of the database, if that is sealed");
  add_list(parser, "--listen", settings_.api_listen,
           "Address of the REST API (repeatable; default 127.0.0.1:8081, or a free port "
           "above if that one is taken)")
      ->type_name("IP:PORT");
  add_list(parser, "--enclave-listen", settings_.enclave_listen,
           "Address of the service interface (repeatable; default 127.0.0.1:18765, or a "
           "free port above)")
      ->type_name("IP:PORT");
  must_say_something(
      parser
          .add_option("--metrics-listen", settings_.metrics_listen,
                      "Publish metrics for Prometheus at http://IP:PORT/metrics, for everybody who "
                      "reaches the address (default: not at all)")
          ->type_name("IP:PORT"));
  add_list(parser, "--secret-prov", settings_.secret_prov,
           "A secret for enclaves that speak Gramine's secret_prov, usually at port 4433 "
           "(repeatable); they have to be the SERVICE")
      ->type_name("IP:PORT[/SERVER_NAME]=SESSION/SERVICE:SECRET");
  parser
      .add_option("--service-socket", settings_.service_socket,
                  fmt::format("Socket of the file system for services in containers (default {}, "
                              "and none with --data)",
                              action::embedded_cas_socket(system).string()))
      ->type_name("FILE");
  add_list(parser, "--hostname", settings_.hostnames,
           "Further DNS name or IP address for the certificate (repeatable)")
      ->type_name("NAME");
}

void ServeFlags::add_ownership(CLI::App& parser) {
  has_root_owner_ =
      parser
          .add_option("--owner", root_owner_,
                      "Who may create sessions in the root and update it, until he says otherwise "
                      "(default: everybody, until somebody claims the root)")
          ->type_name("KEYHASH");
  auto* const allow =
      parser.add_flag("--allow-unprovisioned", allow_unprovisioned_,
                      "Serve everybody beyond loopback although the CAS has no owner (default "
                      "without --config)");
  parser
      .add_flag("--require-provisioning", require_provisioning_,
                "Beyond loopback, serve only what leads to an owner until the CAS has one (default "
                "with --config)")
      ->excludes(allow);
  auto* const config =
      parser
          .add_option("--owner-config", owner_config,
                      "Provision the CAS at its start with this configuration of the owner")
          ->type_name("FILE");
  must_say_something(config);
  must_say_something(parser
                         .add_option("--owner-identity", owner_identity,
                                     "With --owner-config: whose certificate the owner's is")
                         ->type_name("CERT.pem")
                         ->needs(config));
  parser
      .add_flag("--skip-if-already-provisioned", skip_if_provisioned,
                "With --owner-config: a CAS that has an owner keeps it (else that is an error)")
      ->needs(config);
  parser
      .add_option("--versions-per-creator", settings_.versions_per_creator,
                  "How many versions of sessions one key may store (default 1000000)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  parser
      .add_option("--versions-per-address", settings_.versions_per_address,
                  "How many versions of sessions one address may store in an hour (default 250000)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  parser
      .add_option("--max-sessions", settings_.max_sessions,
                  "How many sessions there may be; beyond that new names are refused, and updates "
                  "go on (default: no bound)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  parser
      .add_option("--requests-per-second", settings_.requests_per_second,
                  "How many requests one address may send, health checks apart (default: no bound)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
}

void ServeFlags::add_sources(CLI::App& parser) {
  add_list(parser, "--import-from", import_from_,
           "A CAS that sessions may import secrets from with 'cas_url', or a key vault of "
           "Azure (repeatable; HOST alone means every port of it, 'none' means none; default: "
           "every CAS, and every vault of a known cloud)")
      ->type_name("HOST[:PORT]");
  add_list(parser, "--azure-cloud", settings_.azure_clouds,
           "A further cloud of Azure, as vault.example.com=https://login.example.com: which "
           "vaults may be sent tokens, and who gives them (repeatable; the public clouds are "
           "known)")
      ->type_name("SUFFIX=AUTHORITY");
  must_say_something(
      parser
          .add_option("--collateral", settings_.collateral,
                      "Where to get what quotes of Intel machines are judged by: pcs (Intel), thim "
                      "(Azure machines), the "
                      "https URL of a PCCS, or file:DIRECTORY (default pcs)")
          ->type_name("SOURCE"));
  must_say_something(
      parser
          .add_option(
              "--snp-collateral", settings_.snp_collateral,
              "The same for AMD's certificates: kds (AMD), the https URL of a service like it, or "
              "file:DIRECTORY (default kds)")
          ->type_name("SOURCE"));
  test_root.add_to(parser, "--only_for_testing-evidence-root");
}

void ServeFlags::add_times(CLI::App& parser) {
  must_say_something(
      parser
          .add_option(
              "--enclave-reconnect-timeout", reconnect_timeout_,
              "How long a service may come back without new proofs after it was heard of last "
              "(default 24h)")
          ->type_name("DURATION"));
  must_say_something(
      parser
          .add_option(
              "--lock-timeout", lock_timeout_,
              "How long to wait for the end of another CAS that uses the data directory (0: "
              "not at all; default 60s)")
          ->type_name("DURATION"));
  must_say_something(
      parser
          .add_option("--drain-delay", drain_delay_,
                      "After SIGTERM: how long requests are still accepted while /v1/health/ready "
                      "answers 503 (default 0)")
          ->type_name("DURATION"));
  must_say_something(parser
                         .add_option("--drain-timeout", drain_timeout_,
                                     "Then: how long requests in progress may take (default 5s)")
                         ->type_name("DURATION"));
}

void ServeFlags::add_log(CLI::App& parser) {
  parser.add_option("--log", settings_.log_file, "Write the log to this file instead of stderr")
      ->type_name("FILE");
  parser
      .add_option(
          "--log-size", settings_.log_file_mebibytes,
          "With --log: begin a new file when it has this size; cas.log becomes cas.1.log and so on "
          "(default 10)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("MIB");
  parser
      .add_option("--log-files", settings_.log_files, "With --log: files that are kept (default 5)")
      ->check(CLI::Range(1, 1'000))
      ->type_name("N");
}

void ServeFlags::add_traces(CLI::App& parser) {
  must_say_something(
      parser
          .add_option("--traces", settings_.traces,
                      "Send traces of requests to this collector of OpenTelemetry (OTLP/HTTP), "
                      "such as http://127.0.0.1:4318 (default: there are none)")
          ->type_name("URL"));
  must_say_something(parser
                         .add_option("--traces-ratio", traces_ratio_,
                                     "Which part of the requests begins a trace, if the caller has "
                                     "none: 0 to 1 (default 1)")
                         ->type_name("RATIO"));
}

cas::AvailabilityConfig ServeFlags::given() const {
  for (const CLI::Option* option : not_empty_)
    if (*option && option->results() == std::vector<std::string>{""})
      throw diag::Error(diag::ErrorKind::usage,
                        fmt::format("--{}: it must not be empty", option->get_lnames().front()));
  cas::AvailabilityConfig result = settings_;
  if (result.database_url) check_database(*result.database_url);
  if (!data_.empty()) result.database_path = (std::filesystem::path(data_) / "cas.db").string();
  if (*has_root_owner_) result.root_owner = key_hash_of_owner(root_owner_);
  result.import_from = sources_of_imports(import_from_);
  if (!reconnect_timeout_.empty()) {
    result.enclave_reconnect_timeout =
        serve_duration("--enclave-reconnect-timeout", reconnect_timeout_);
    if (result.enclave_reconnect_timeout->count() == 0)
      throw diag::Error(diag::ErrorKind::usage, "--enclave-reconnect-timeout must not be zero");
  }
  if (!snapshot_interval_.empty()) {
    result.snapshot_interval = serve_duration("--snapshot-interval", snapshot_interval_);
    if (result.snapshot_interval->count() == 0)
      throw diag::Error(diag::ErrorKind::usage, "--snapshot-interval must not be zero");
  }
  if (result.traces)
    if (const auto fault = cas::traces_fault(*result.traces); !fault.empty())
      throw diag::Error(diag::ErrorKind::usage, "--traces: it " + fault);
  if (!traces_ratio_.empty()) {
    result.traces_ratio = cas::parse_ratio(traces_ratio_);
    if (!result.traces_ratio)
      throw diag::Error(diag::ErrorKind::usage, "--traces-ratio must be a number from 0 to 1");
  }
  if (!lock_timeout_.empty()) result.lock_timeout = serve_wait("--lock-timeout", lock_timeout_);
  if (!drain_delay_.empty()) result.drain_delay = serve_wait("--drain-delay", drain_delay_);
  if (!drain_timeout_.empty()) result.drain_timeout = serve_wait("--drain-timeout", drain_timeout_);
  if (allow_unprovisioned_) result.allow_unprovisioned = true;
  if (require_provisioning_) result.allow_unprovisioned = false;
  return result;
}

}  // namespace sconectl::cli
