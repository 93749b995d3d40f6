#include "cli/session_options.hpp"

#include "cli/arguments.hpp"

namespace sconectl::cli {
void SessionFlags::add_to(CLI::App& parser) {
  parser
      .add_option("FILE", file, "Session: YAML template, signed or encrypted JSON; '-' for stdin")
      ->required();
  parser.add_option("-e", assignments, "Replace $VAR and ${VAR} in values (repeatable)")
      ->allow_extra_args(false)
      ->type_name("VAR=VALUE");
  parser.add_flag("--use-env", use_environment, "Replace them from the environment");
  parser.add_option("-n,--name", name, "Name of the session instead of the template's")
      ->type_name("NAME");
  parser.add_flag("--fail-on-warning", fail_on_warning,
                  "Warnings of the local check count as errors");
}

action::SessionInput SessionFlags::input() const {
  return {file, {cli::assignments(assignments), use_environment}, given(name), fail_on_warning};
}

void CasFlags::add_to(CLI::App& parser) {
  parser
      .add_option("-c,--cas", address, "CAS address as it was attested (default: the default CAS)")
      ->type_name("CAS");
  parser.add_option("--identity", identity_file, "PEM file with PKCS#8 key and certificate")
      ->type_name("FILE");
  parser.add_option("--cas-key", key_hash, "The CAS must have this key")->type_name("HASH");
  parser.add_option("--retries", retries, "After network errors (SCONE_CLI_RETRIES, default 3)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  parser.add_flag("--only_for_testing-disable-attestation-verification", disable_verification,
                  "Talk to a CAS that was not attested");
}

void CasFlags::add_with_address_alone_to(CLI::App& parser) {
  add_to(parser);
  parser.add_option("cas", address, "The same as --cas")
      ->type_name("CAS")
      ->excludes(parser.get_option("--cas"));
}

action::CasOptions CasFlags::options() const {
  action::CasOptions result;
  result.address = given(address);
  result.identity_file = given(identity_file);
  result.key_hash = given(key_hash);
  if (retries >= 0) result.retries = retries;
  result.disable_verification = disable_verification;
  return result;
}

cas::ConfigFile config_file(const Invocation& invocation) {
  std::optional<std::filesystem::path> path;
  if (invocation.config) path = *invocation.config;
  return {invocation.system.files, cas::config_path(invocation.system.environment, path)};
}

}  // namespace sconectl::cli
