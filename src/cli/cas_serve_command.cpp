// `sconectl cas serve`.
#include <fmt/core.h>

#include "cli/command.hpp"
#include "cli/serve_flags.hpp"
#include "cli/serve_settings.hpp"
#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/cas/owner_config.hpp"
#include "sconectl/casd/server.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

namespace {

constexpr std::size_t largest_config = std::size_t{4} << 20U;
constexpr std::chrono::seconds usual_lock_timeout{60};

cas::AvailabilityConfig config_of_file(const action::System& system, const ServeFlags& flags) {
  if (flags.config_file.empty()) return {};
  return cas::parse_availability_config(flags.config_file,
                                        system.files.read(flags.config_file, largest_config));
}

/// CC-013: a file without it is more likely a wrong file than a wish for the default.
void check_database_is_named(const ServeFlags& flags, const cas::AvailabilityConfig& config) {
  if (flags.config_file.empty() || flags.dev || config.database_path) return;
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("{}: error: 'database.path' is missing: it says where the CAS "
                                "keeps its data, as does the option --data",
                                flags.config_file));
}

std::optional<casd::SelfProvisioning> self_provisioning(action::System& system,
                                                        const ServeFlags& flags) {
  if (flags.owner_config.empty()) return std::nullopt;
  if (flags.owner_identity.empty())
    throw diag::Error(diag::ErrorKind::usage,
                      "--owner-config needs --owner-identity: whose CAS it becomes");
  diag::Diagnostics warnings;
  const auto config = cas::parse_owner_config(
      flags.owner_config, system.files.read(flags.owner_config, largest_config), warnings);
  for (const auto& warning : warnings.warnings()) system.warn(warning);
  const auto certificates =
      crypto::certificates_from_pem(system.files.read(flags.owner_identity, largest_config));
  if (certificates.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("{} holds no certificate", flags.owner_identity));
  return casd::SelfProvisioning{certificates.front().pem(), std::string(cas::encode(config).view()),
                                flags.skip_if_provisioned};
}

/// The field's own variable. Those that say where traces go are not looked at: what is there for
/// other programs turns nothing on.
std::string traced_name(const action::System& system, const casd::TraceOptions& traces) {
  if (traces.collector.empty()) return traces.service_name;
  auto name = system.environment.get_or("OTEL_SERVICE_NAME", traces.service_name);
  if (const auto fault = cas::service_name_fault(name); !fault.empty())
    throw diag::Error(diag::ErrorKind::usage, "OTEL_SERVICE_NAME " + fault);
  return name;
}

casd::ServerOptions options_of(action::System& system, const ServeFlags& flags,
                               const cas::AvailabilityConfig& config) {
  casd::ServerOptions options;
  options.data = action::embedded_cas_directory(system);
  options.lock_timeout = usual_lock_timeout;
  if (!config.database_path && !flags.dev)
    options.service_socket = action::embedded_cas_socket(system);
  // Command lines of before there was provisioning go on to work; the log warns.
  options.allow_unprovisioned = flags.config_file.empty();
  options.offer_ownership = !flags.config_file.empty() || config.allow_unprovisioned.has_value();
  apply(config, options);
  options.traces.service_name = traced_name(system, options.traces);
  options.audit = flags.audit.options(system, config.audit_log_path);
  options.evidence_test_root = flags.test_root.certificate(system);
  options.accept_missing_counter = flags.accept_missing_counter;
  options.key_identities = flags.key.identities(system);
  options.self_provisioning = self_provisioning(system, flags);
  options.dev = flags.dev;
  return options;
}

void serve(casd::ServerOptions options, const casd::Reload& reload) {
  casd::Server server(std::move(options));
  server.start();
  (void)server.run_until_signal(reload);
}

/// In memory where there is a file system of memory.
void serve_for_development(action::System& system, casd::ServerOptions options,
                           const cas::AvailabilityConfig& config, const casd::Reload& reload) {
  if (config.database_path || config.database_url)
    throw diag::Error(diag::ErrorKind::usage,
                      "--dev keeps nothing: it does not go together with --data, "
                      "--database, 'database.path' or 'database.url'");
  const std::filesystem::path memory = "/dev/shm";
  const host::TemporaryDirectory kept(
      system.files, "sconectl-dev-cas-",
      system.files.is_directory(memory) ? memory : std::filesystem::path());
  options.data = kept.path() / "data";
  for (const char* const line :
       {"************************************************************************",
        "DEVELOPMENT MODE: all sessions and secrets of this CAS are gone when it",
        "ends, and everybody on this machine may create sessions. Never use it",
        "for anything that has to stay secret, or to stay.",
        "************************************************************************"})
    system.tell(line);
  serve(std::move(options), reload);
}

}  // namespace

int cas_serve_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas serve",
                "Run the CAS. Its key hash is printed at start; SIGTERM ends it cleanly.");
  ServeFlags flags;
  flags.add_to(parser, invocation.system);
  parser.examples({"sconectl cas serve", "sconectl cas serve --data ./cas --listen 127.0.0.1:9081",
                   "sconectl cas serve --config /etc/cas/cas.toml",
                   "sconectl cas serve --log cas.log --log-size 50 --log-files 10"});
  if (!parser.read(std::move(arguments))) return 0;
  action::System& system = invocation.system;
  const auto given = flags.given();
  if (flags.check_config && flags.config_file.empty())
    throw diag::Error(diag::ErrorKind::usage, "--check-config needs --config FILE");
  const auto config = overlaid(given, config_of_file(system, flags));
  check_database_is_named(flags, config);
  if (config.database_url && !config.database_path && !flags.dev)
    throw diag::Error(diag::ErrorKind::usage,
                      "--database needs --data DIR: a directory of this CAS alone, with the key "
                      "file cas.key-store that all have");
  casd::ServerOptions options = options_of(system, flags, config);
  options.log.details = invocation.terminal.verbosity > 0;
  if (flags.check_config) {
    casd::Server::check(options);
    system.tell(fmt::format("{}: no mistakes", flags.config_file));
    return 0;
  }
  const casd::Reload reload = [&] {
    const auto now = overlaid(given, config_of_file(system, flags));
    casd::ServerOptions fresh;
    apply(now, fresh);
    fresh.log.details = invocation.terminal.verbosity > 0;
    return casd::ReloadedOptions{fresh.names, fresh.log};
  };
  if (flags.dev)
    serve_for_development(system, std::move(options), config, reload);
  else
    serve(std::move(options), reload);
  return 0;
}

}  // namespace sconectl::cli
