// Options that several `session` and `cas` verbs share (CL-037 to CL-084).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/session_input.hpp"
#include "sconectl/cas/config.hpp"

namespace sconectl::cli {

/// FILE, -e, --use-env, -n/--name, --fail-on-warning.
struct SessionFlags {
  std::string file;
  std::vector<std::string> assignments;
  bool use_environment = false;
  std::string name;
  bool fail_on_warning = false;

  void add_to(CLI::App& parser);
  [[nodiscard]] action::SessionInput input() const;
};

/// -c/--cas, --identity, --cas-key, --retries, --only_for_testing-disable-attestation-verification.
struct CasFlags {
  std::string address;
  std::string identity_file;
  std::string key_hash;
  int retries = -1;
  bool disable_verification = false;

  void add_to(CLI::App& parser);
  /// The address may stand alone, too.
  void add_with_address_alone_to(CLI::App& parser);
  [[nodiscard]] action::CasOptions options() const;
};

[[nodiscard]] cas::ConfigFile config_file(const Invocation& invocation);

}  // namespace sconectl::cli
