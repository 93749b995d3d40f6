// `sconectl provision cas`, which kubectl calls as `kubectl provision cas`.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/cluster_cas.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/shell.hpp"

namespace sconectl::cli {
namespace {

/// Options of the published plugin that make, change or save a CAS.
constexpr std::array<std::string_view, 17> not_built_in = {"--cas-database-recovery",
                                                           "--dcap-api",
                                                           "--filename",
                                                           "--force",
                                                           "--image-overwrite",
                                                           "--image-registry",
                                                           "--local-backup",
                                                           "--manifests-dir",
                                                           "--no-backup",
                                                           "--nonce",
                                                           "--owner-config",
                                                           "--postprovision-only",
                                                           "--postprovision-owner-identity",
                                                           "--preprovision-only",
                                                           "--upgrade",
                                                           "--wait",
                                                           "--webhook"};

struct ProvisionFlags {
  action::ClusterCas cas;
  std::string address;
  std::uint16_t port = 0;
  std::string key_hash;
  std::string tolerations;
  bool print_keys = false;
  bool is_provisioned = false;
  bool verify = false;
  bool ignored = false;
  std::string ignored_text;

  void add_to(CLI::App& parser);
  [[nodiscard]] std::string cas_address() const;
  [[nodiscard]] cas::AttestOptions attestation(const Invocation& invocation) const;
};

void ProvisionFlags::add_to(CLI::App& parser) {
  parser.add_option("NAME", cas.name, "Name of the CAS (cas)");
  parser.add_option("-n,--namespace", cas.name_space, "Its namespace (default)")
      ->type_name("NAMESPACE");
  parser.add_flag("--print-public-keys,--print-caskey", print_keys,
                  "Print export lines for a shell: CAS_KEY, CAS_SOFTWARE_KEY, "
                  "CAS_SESSION_ENCRYPTION_KEY, CAS_CERT");
  parser.add_flag("--is-provisioned", is_provisioned,
                  "Print YES, or NO with status 1: whether the CAS has an owner");
  parser.add_flag("--verify", verify, "Attest the CAS now");
  parser.add_option("--cas-address", address, "Where it is (NAME.NAMESPACE)")->type_name("HOST");
  parser.add_option("--cas-client-port", port, "Port of its REST API (8081)")
      ->check(CLI::Range(1, 65535));
  parser.add_option("-c,--cas-key-hash", key_hash, "The CAS must have this key")->type_name("HASH");
  parser
      .add_option("--set-tolerations,--set-toleration", tolerations,
                  "Options of 'cas attest' in one word (SGX_TOLERATIONS)")
      ->type_name("OPTIONS");
  parser.add_option("--set-version", ignored_text, "Accepted, without effect")
      ->type_name("VERSION");
  parser.add_flag("--debug,--no-docker,--no-image-signature-check", ignored,
                  "Accepted, without effect");
}

std::string ProvisionFlags::cas_address() const {
  action::ClusterCas named = cas;
  named.address = given(address);
  if (port != 0) named.port = port;
  return action::address_of(named);
}

cas::AttestOptions ProvisionFlags::attestation(const Invocation& invocation) const {
  const std::string text = tolerations.empty()
                               ? invocation.system.environment.get_or("SGX_TOLERATIONS", "")
                               : tolerations;
  cas::AttestOptions options;
  try {
    options = cas::parse_tolerance(text);
  } catch (const diag::Error& error) {
    throw diag::Error(
        diag::ErrorKind::usage,
        fmt::format("{}: {}", tolerations.empty() ? "SGX_TOLERATIONS" : "--set-tolerations",
                    error.text()));
  }
  if (!key_hash.empty()) options.cas_key_hash = key_hash;
  return options;
}

void refuse_what_is_not_built_in(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(not_built_in.begin(), not_built_in.end(), name) == not_built_in.end()) continue;
    throw diag::Error(diag::ErrorKind::unsupported,
                      fmt::format("'{}' is not built in: this program asks a CAS that runs, it "
                                  "does not make, change or save one",
                                  name));
  }
}

void print_keys(Terminal& terminal, const std::string& address, const cas::KnownCas& known) {
  const std::array<std::pair<const char*, std::string>, 4> variables = {
      {{"CAS_KEY", known.cas_key_hash},
       {"CAS_SOFTWARE_KEY", known.cas_software_key_hash},
       {"CAS_SESSION_ENCRYPTION_KEY", known.session_encryption_key},
       {"CAS_CERT", known.chain}}};
  if (terminal.json) {
    nlohmann::json document{{"schema", "sconectl/v1/cas-keys"}, {"address", address}};
    for (const auto& [name, value] : variables) document[name] = value;
    terminal.document(document);
    return;
  }
  std::string lines;
  for (const auto& [name, value] : variables)
    lines += fmt::format("export {}={}\n", name, text::shell_word(value));
  terminal.data(lines);
}

int tell_provisioned(Terminal& terminal, const std::string& address, bool provisioned) {
  if (terminal.json)
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-provisioned"},
                                     {"address", address},
                                     {"provisioned", provisioned}});
  else
    terminal.data(provisioned ? "YES" : "NO");
  return provisioned ? 0 : 1;
}

/// Once more from further out: what there is to do here about a CAS that nobody vouches for.
diag::Error with_hint(const diag::Error& error, const std::string& address) {
  if (error.kind() != diag::ErrorKind::refused) return error;
  return error.within(
      fmt::format("the keys of CAS '{0}' are not given out before it is trusted: "
                  "attest it once ('sconectl cas attest {0} -c KEY_HASH'), or name "
                  "its key here with -c KEY_HASH",
                  address));
}

int answer(Invocation& invocation, const ProvisionFlags& flags) {
  const std::string address = flags.cas_address();
  const cas::AttestOptions options = flags.attestation(invocation);
  cas::ConfigFile config = config_file(invocation);
  action::System& system = invocation.system;
  Terminal& terminal = invocation.terminal;
  if (flags.is_provisioned)
    return tell_provisioned(terminal, address,
                            action::is_provisioned(system, config, address, options));
  if (flags.verify) {
    const cas::KnownCas known = action::attested_now(system, config, address, options);
    terminal.tell(fmt::format("CAS {} at {} is trustworthy", address, known.url));
    if (!flags.print_keys) return 0;
  }
  print_keys(terminal, address, action::public_keys(system, config, address, options));
  return 0;
}

}  // namespace

int provision_cas_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "provision cas",
                "Ask a CAS of a cluster for its keys and its state (kubectl provision cas).");
  ProvisionFlags flags;
  flags.add_to(parser);
  parser.examples({"source <(kubectl provision cas cas -n scone-system --print-public-keys)",
                   "kubectl provision cas cas -n scone-system --is-provisioned"});
  refuse_what_is_not_built_in(arguments);
  if (!parser.read(std::move(arguments))) return 0;
  if (!flags.print_keys && !flags.is_provisioned && !flags.verify)
    throw diag::Error(diag::ErrorKind::unsupported,
                      "making a CAS with an operator is not built in; ask one that runs with "
                      "--print-public-keys, --is-provisioned or --verify");
  try {
    return answer(invocation, flags);
  } catch (const diag::Error& error) {
    throw with_hint(error, flags.cas_address());
  }
}

}  // namespace sconectl::cli
