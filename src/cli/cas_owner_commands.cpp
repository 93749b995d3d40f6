// `sconectl cas provision | update-config | rotate-keys`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/cas_owner.hpp"
#include "sconectl/cas/wire_owner.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::cli {
namespace {

constexpr std::size_t longest_token_file = 1024;
constexpr std::string_view with_attestation = "with-attestation";
constexpr std::string_view without_attestation = "only_for_testing-without-attestation";

struct OwnerFlags {
  std::string address;
  std::string mode = std::string(with_attestation);
  std::string key_hash;
  std::string software_key_hash;
  std::string token;
  std::string token_file;
  std::string config_file;
  std::string database_key;
  std::string identity_file;
  int retries = -1;

  void add_to(CLI::App& parser);
  [[nodiscard]] action::ProvisionOptions options(action::System& system);

 private:
  [[nodiscard]] crypto::Secret read_token(action::System& system);
};

void OwnerFlags::add_to(CLI::App& parser) {
  parser.add_option("ADDRESS", address, "host[:port] of the CAS")->required();
  parser
      .add_option("MODE", mode,
                  "with-attestation (default), or only_for_testing-without-attestation")
      ->check(CLI::IsMember({std::string(with_attestation), std::string(without_attestation)}));
  parser
      .add_option("-c,--cas-key-hash", key_hash,
                  "The CAS must have this key, which its log shows ('CAS key hash is')")
      ->required()
      ->type_name("HASH");
  parser
      .add_option("-s,--cas-software-key-hash", software_key_hash,
                  "The CAS software must have this key")
      ->type_name("HASH");
  parser.add_option("--token", token, "Provisioning token, 32 hex digits of the log of the CAS")
      ->type_name("HEX");
  parser
      .add_option("--token-file", token_file,
                  "The same from a file, or '-' for stdin, unseen by other users")
      ->type_name("FILE");
  parser
      .add_option("--config-file", config_file,
                  "Configuration of the owner (TOML, JSON or YAML; docs/operating-the-cas.md)")
      ->required()
      ->type_name("FILE");
  parser.add_option("--database-key", database_key, "Not built in: the database has its own key")
      ->type_name("HEX");
  parser
      .add_option("--identity", identity_file,
                  "PEM file with PKCS#8 key and certificate of the owner (default: our identity)")
      ->type_name("FILE");
  parser.add_option("--retries", retries, "After network errors (SCONE_CLI_RETRIES, default 3)")
      ->check(CLI::NonNegativeNumber);
}

crypto::Secret OwnerFlags::read_token(action::System& system) {
  if (token.empty() == token_file.empty())
    throw diag::Error(diag::ErrorKind::usage, "one of --token and --token-file is needed");
  if (token_file == "-") token = system.environment.standard_input(longest_token_file);
  if (!token_file.empty() && token_file != "-")
    token = system.files.read(token_file, longest_token_file);
  auto result = cas::parse_provisioning_token(text::trimmed(token));
  crypto::wipe(token);
  if (!result)
    throw diag::Error(diag::ErrorKind::usage,
                      "the provisioning token is 32 hex digits; the log of the CAS shows it in the "
                      "line 'CAS provisioning token is'");
  return std::move(*result);
}

action::ProvisionOptions OwnerFlags::options(action::System& system) {
  if (!database_key.empty())
    throw diag::Error(diag::ErrorKind::unsupported,
                      "--database-key is not built in: the CAS makes the key of its database");
  action::ProvisionOptions result;
  result.address = address;
  result.attestation.cas_key_hash = key_hash;
  result.attestation.cas_software_key_hash = given(software_key_hash);
  result.token = read_token(system);
  result.config_file = config_file;
  result.identity_file = given(identity_file);
  if (retries >= 0) result.retries = retries;
  result.attest = mode == with_attestation;
  return result;
}

}  // namespace

int cas_provision_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas provision", "Become the owner of a CAS that has none.");
  OwnerFlags flags;
  flags.add_to(parser);
  parser.examples(
      {"sconectl cas provision cas.example -c KEY_HASH --token-file token "
       "--config-file owner.toml with-attestation"});
  if (!parser.read(std::move(arguments))) return 0;
  Terminal& terminal = invocation.terminal;
  const auto options = flags.options(invocation.system);
  terminal.tell(fmt::format(
      "The ownership of the CAS is bound to {}: only who has its key can configure it. Keep it; in "
      "a container it has to be on a volume.",
      options.identity_file ? "the identity in " + *options.identity_file
                            : std::string("the identity of this command line")));
  cas::ConfigFile config = config_file(invocation);
  const auto done = action::provision_cas(invocation.system, config, options);
  if (terminal.json) {
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-provision"},
                                     {"address", options.address},
                                     {"url", done.known.url},
                                     {"cas_key_hash", done.known.cas_key_hash},
                                     {"owner", done.owner}});
    return 0;
  }
  terminal.data(fmt::format("CAS {} at {} is trustworthy", options.address, done.known.url));
  terminal.data(
      "Done, CAS configuration was successfully provisioned. You are now owner of the CAS.");
  return 0;
}

int cas_update_config_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas update-config", "Replace the configuration of a CAS that we own.");
  CasFlags flags;
  flags.add_to(parser);
  std::string file;
  parser
      .add_option("--config-file", file,
                  "Configuration of the owner (TOML, JSON or YAML; docs/operating-the-cas.md)")
      ->required()
      ->type_name("FILE");
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const std::string address =
      action::update_cas_config(invocation.system, config, flags.options(), file);
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-update-config"}, {"address", address}});
  else
    invocation.terminal.data("Done, CAS configuration was successfully updated.");
  return 0;
}

int cas_rotate_keys_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas rotate-keys",
                "Have a CAS that we own make keys anew. Who has pinned the ones before goes on to "
                "trust it, and what is encrypted to them is taken.");
  CasFlags flags;
  flags.add_to(parser);
  cas::KeyRotation rotation;
  parser.add_flag("--root", rotation.root, "The key that clients pin, and with it --software");
  parser.add_flag("--software", rotation.software,
                  "The key below it, which signs the certificates of the server");
  parser.add_flag("--session-encryption", rotation.session_encryption,
                  "The key to which sessions are encrypted");
  parser.examples({"sconectl cas rotate-keys --software --session-encryption"});
  if (!parser.read(std::move(arguments))) return 0;
  if (!rotation.root && !rotation.software && !rotation.session_encryption)
    throw diag::Error(diag::ErrorKind::usage,
                      "one of --root, --software and --session-encryption is needed");
  cas::ConfigFile config = config_file(invocation);
  const auto done = action::rotate_cas_keys(invocation.system, config, flags.options(), rotation);
  Terminal& terminal = invocation.terminal;
  if (terminal.json) {
    terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-rotate-keys"},
                       {"address", done.address},
                       {"cas_key_hash", done.known.cas_key_hash},
                       {"cas_software_key_hash", done.known.cas_software_key_hash},
                       {"session_encryption_key", done.known.session_encryption_key}});
    return 0;
  }
  terminal.data(fmt::format("CAS key hash is: {}", done.known.cas_key_hash));
  terminal.data(fmt::format("CAS software key hash is: {}", done.known.cas_software_key_hash));
  terminal.data(fmt::format("Session encryption key is: {}", done.known.session_encryption_key));
  terminal.tell(
      "Make a backup now: one of before has the keys of before. Whoever attests this CAS from now "
      "on pins the new root; who has pinned the one before goes on with it.");
  return 0;
}

}  // namespace sconectl::cli
