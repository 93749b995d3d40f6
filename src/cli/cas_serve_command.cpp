// `sconectl cas serve`.
#include <fmt/core.h>

#include "cli/command.hpp"
#include "cli/evidence_options.hpp"
#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/casd/server.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::cli {

namespace {
constexpr std::size_t mebibyte = 1024UL * 1024;

/// An empty variable of a script does not mean "everybody".
std::string key_hash_of_owner(const std::string& text) {
  if (!crypto::parse_key_hash(text))
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--owner: '{}' is not a key hash; 'sconectl self show-key-hash' "
                                  "prints ours",
                                  text));
  return text;
}

std::chrono::seconds duration(const char* option, const std::string& text) try {
  return session::parse_duration(text);
} catch (const diag::Error& error) {
  throw diag::Error(diag::ErrorKind::usage, fmt::format("{}: {}", option, error.text()));
}

/// Nothing: every address.
std::optional<std::vector<std::string>> sources_of_imports(std::vector<std::string> given) {
  if (given.empty()) return std::nullopt;
  if (given.size() == 1 && given.front() == "none") given.clear();
  return given;
}

/// Where entries of the audit log go, if anywhere.
class AuditFlags {
 public:
  explicit AuditFlags(Parser& parser) {
    parser
        .add_option("--audit-log", options_.files,
                    "Append an entry for everything that is changed, released or refused "
                    "(repeatable; default: no audit log)")
        ->allow_extra_args(false)
        ->type_name("FILE");
    parser
        .add_option("--audit-log-url", urls_,
                    "Send each entry to this server with a POST (repeatable)")
        ->allow_extra_args(false)
        ->type_name("URL");
    server_ca_given_ =
        parser
            .add_option("--audit-log-server-ca", server_ca_,
                        "PEM file with the authorities of these servers (default: the system's)")
            ->type_name("FILE");
    mode_given_ = parser.add_option("--audit-log-mode", mode_, "signed, or unsigned")
                      ->capture_default_str()
                      ->check(CLI::IsMember(
                          {text::word(Mode::signed_entries), text::word(Mode::unsigned_entries)}))
                      ->type_name("MODE");
    parser.add_flag("--audit-log-required", options_.required,
                    "Refuse what no file and no server has taken an entry of");
  }

  [[nodiscard]] casd::AuditOptions options(const action::System& system) {
    check();
    std::optional<std::string> ca;
    if (!server_ca_.empty()) ca = system.files.read(server_ca_, mebibyte);
    for (const auto& url : urls_) options_.servers.push_back({url, ca});
    if (options_.files.empty() && options_.servers.empty()) return {};
    options_.mode = text::from_word<Mode>(mode_).value();
    return options_;
  }

 private:
  using Mode = casd::AuditMode;

  /// Whoever gives one of these believes that there is a log.
  void check() const {
    const auto refuse = [](const char* why) { throw diag::Error(diag::ErrorKind::usage, why); };
    if (*server_ca_given_ && urls_.empty())
      refuse("--audit-log-server-ca goes with --audit-log-url");
    if (!options_.files.empty() || !urls_.empty()) return;
    if (options_.required) refuse("--audit-log-required goes with --audit-log or --audit-log-url");
    if (*mode_given_) refuse("--audit-log-mode goes with --audit-log or --audit-log-url");
  }

  casd::AuditOptions options_;
  std::vector<std::string> urls_;
  std::string server_ca_;
  std::string mode_{text::word(Mode::signed_entries)};
  const CLI::Option* server_ca_given_ = nullptr;
  const CLI::Option* mode_given_ = nullptr;
};

}  // namespace

int cas_serve_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas serve",
                "Run the CAS. Its key hash is printed at start; SIGTERM ends it cleanly.");
  casd::ServerOptions options;
  options.data = action::embedded_cas_directory(invocation.system);
  std::string data;
  parser
      .add_option("--data", data, fmt::format("Data directory (default {})", options.data.string()))
      ->type_name("DIR");
  parser
      .add_option("--listen", options.api_listen,
                  "Address of the REST API (repeatable; default 127.0.0.1:8081, or a free port "
                  "above if that one is taken)")
      ->allow_extra_args(false)
      ->type_name("IP:PORT");
  parser
      .add_option("--enclave-listen", options.enclave_listen,
                  "Address of the service interface (repeatable; default 127.0.0.1:18765, or a "
                  "free port above)")
      ->allow_extra_args(false)
      ->type_name("IP:PORT");
  parser
      .add_option("--secret-prov", options.secret_prov,
                  "A secret for enclaves that speak Gramine's secret_prov, usually at port 4433 "
                  "(repeatable); they have to be the SERVICE")
      ->allow_extra_args(false)
      ->type_name("IP:PORT[/SERVER_NAME]=SESSION/SERVICE:SECRET");
  std::string service_socket;
  parser
      .add_option("--service-socket", service_socket,
                  fmt::format("Socket of the file system for services in containers (default {}, "
                              "and none with --data)",
                              action::embedded_cas_socket(invocation.system).string()))
      ->type_name("FILE");
  parser
      .add_option("--hostname", options.names,
                  "Further DNS name or IP address for the certificate (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  std::string owner;
  const CLI::Option* const has_owner =
      parser
          .add_option("--owner", owner,
                      "Who may create sessions in the root and update it, until he says otherwise "
                      "(default: everybody, until somebody claims the root)")
          ->type_name("KEYHASH");
  parser
      .add_option("--versions-per-creator", options.versions_per_creator,
                  "How many versions of sessions one key may store")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  parser
      .add_option("--versions-per-address", options.versions_per_address,
                  "How many versions of sessions one address may store in an hour")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  std::vector<std::string> import_from;
  parser
      .add_option(
          "--import-from", import_from,
          "A CAS that sessions may import secrets from with 'cas_url', or a key vault of "
          "Azure (repeatable; HOST alone means every port of it, 'none' means none; default: "
          "every CAS, and every vault of a known cloud)")
      ->allow_extra_args(false)
      ->type_name("HOST[:PORT]");
  parser
      .add_option(
          "--azure-cloud", options.azure_clouds,
          "A further cloud of Azure, as vault.example.com=https://login.example.com: which "
          "vaults may be sent tokens, and who gives them (repeatable; the public clouds are "
          "known)")
      ->allow_extra_args(false)
      ->type_name("SUFFIX=AUTHORITY");
  parser
      .add_option("--collateral", options.collateral,
                  "Where to get what quotes of Intel machines are judged by: pcs (Intel), thim "
                  "(Azure machines), the "
                  "https URL of a PCCS, or file:DIRECTORY")
      ->capture_default_str()
      ->type_name("SOURCE");
  parser
      .add_option(
          "--snp-collateral", options.snp_collateral,
          "The same for AMD's certificates: kds (AMD), the https URL of a service like it, or "
          "file:DIRECTORY")
      ->capture_default_str()
      ->type_name("SOURCE");
  TestRootOption test_root;
  test_root.add_to(parser, "--only_for_testing-evidence-root");
  std::string reconnect_timeout = "24h";
  parser
      .add_option("--enclave-reconnect-timeout", reconnect_timeout,
                  "How long a service may come back without new proofs after it was heard of last")
      ->capture_default_str()
      ->type_name("DURATION");
  std::string lock_timeout = "60s";
  parser
      .add_option("--lock-timeout", lock_timeout,
                  "How long to wait for the end of another CAS that uses the data directory (0: "
                  "not at all)")
      ->capture_default_str()
      ->type_name("DURATION");
  parser.add_flag(
      "--accept-missing-counter", options.accept_missing_counter,
      "Start although cas.counter is missing, and take the database as it is: whether it "
      "is the newest one is not known then");
  parser.add_option("--threads", options.threads,
                    "Threads for connections (default: one per core)");
  parser.add_option("--log", options.log.file, "Write the log to this file instead of stderr")
      ->type_name("FILE");
  std::size_t mebibytes = options.log.file_bytes / mebibyte;
  parser
      .add_option(
          "--log-size", mebibytes,
          "With --log: begin a new file when it has this size; cas.log becomes cas.1.log and so on")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("MIB");
  parser.add_option("--log-files", options.log.files, "With --log: files that are kept")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000))
      ->type_name("N");
  AuditFlags audit(parser);
  parser.examples({"sconectl cas serve", "sconectl cas serve --data ./cas --listen 127.0.0.1:9081",
                   "sconectl cas serve --log cas.log --log-size 50 --log-files 10"});
  if (!parser.read(std::move(arguments))) return 0;
  if (data.empty()) options.service_socket = action::embedded_cas_socket(invocation.system);
  if (!data.empty()) options.data = data;
  if (!service_socket.empty()) options.service_socket = service_socket;
  if (*has_owner) options.owner = key_hash_of_owner(owner);
  options.evidence_test_root = test_root.certificate(invocation.system);
  options.import_from = sources_of_imports(std::move(import_from));
  options.reconnect_timeout = duration("--enclave-reconnect-timeout", reconnect_timeout);
  if (lock_timeout != "0") options.lock_timeout = duration("--lock-timeout", lock_timeout);
  options.audit = audit.options(invocation.system);
  options.log.details = invocation.terminal.verbosity > 0;
  options.log.file_bytes = mebibytes * mebibyte;
  casd::Server server(options);
  server.start();
  (void)server.run_until_signal();
  return 0;
}

}  // namespace sconectl::cli
