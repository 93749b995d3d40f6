// The options of `sconectl cas serve`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/audit_flags.hpp"
#include "cli/command.hpp"
#include "cli/evidence_options.hpp"
#include "cli/key_flags.hpp"
#include "sconectl/cas/availability_config.hpp"

namespace sconectl::cli {

struct ServeFlags {
  std::string config_file;
  bool check_config = false;
  bool dev = false;
  std::string owner_config;
  std::string owner_identity;
  bool skip_if_provisioned = false;
  bool accept_missing_counter = false;
  TestRootOption test_root;
  AuditFlags audit;
  KeyFlags key;

  void add_to(Parser& parser, const action::System& system);
  /// What the command line says, in the form of a file. Throws Error{usage}.
  [[nodiscard]] cas::AvailabilityConfig given() const;

 private:
  void add_places(CLI::App& parser, const action::System& system);
  void add_ownership(CLI::App& parser);
  void add_sources(CLI::App& parser);
  void add_times(CLI::App& parser);
  void add_log(CLI::App& parser);
  void add_traces(CLI::App& parser);

  /// An empty variable of a script is a mistake, and not a wish for the default.
  void must_say_something(const CLI::Option* option);

  cas::AvailabilityConfig settings_;
  std::vector<const CLI::Option*> not_empty_;
  std::string data_;
  std::string root_owner_;
  const CLI::Option* has_root_owner_ = nullptr;
  std::vector<std::string> import_from_;
  std::string snapshot_interval_;
  std::string reconnect_timeout_;
  std::string lock_timeout_;
  std::string drain_delay_;
  std::string drain_timeout_;
  std::string traces_ratio_;
  bool allow_unprovisioned_ = false;
  bool require_provisioning_ = false;
};

}  // namespace sconectl::cli
