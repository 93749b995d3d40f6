// The options of `apply`, which follow the kind of the manifest (docs/commands.md).
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/action/apply_service.hpp"

namespace sconectl::cli {

struct ApplyOptions {
  std::vector<std::string> inputs;
  std::vector<std::string> assignments;
  bool use_environment = false;
  bool dry_run = false;
  bool print_defaults = false;
  bool version = false;
  std::string defaults_file;
  std::string target = "./target";
  std::string mode;
  std::string set_version;
  std::string engine;
  bool require_attestation = false;
  // services
  bool no_push = false;
  std::string runtime;
  std::string helm_template;
  std::string gramine_image;
  std::string base;
  bool no_sbom = false;
  std::string sign_key;
  bool no_cache = false;
  int jobs = 0;  ///< 0: not given
  std::string image_output;
  std::string id_file;
  std::string metadata_file;
  std::string plan_out;
  std::string plan;
  std::string build_ca;
  std::string pip_config;
  std::string npm_config;
  std::string maven_settings;
  std::string signing_command;
  std::string signer_key;
  // meshes
  bool no_pull = false;
  bool offline = false;
  bool no_access_token = false;
  bool new_access_tokens = false;
  bool host_pwd = false;
  bool otp = false;
  std::string maa;
  std::string output = "helm_chart";
  std::vector<std::string> set_values;
  std::vector<std::string> value_files;
  std::string policy_namespace;
  std::string release;
  std::string release_version;
  std::string cas_config;
  std::string cas;
  std::string service_cas;
};

/// Which kinds the inputs hold: decides what `-h`, `-m` and `-n` mean. Without any input both.
struct ApplyKinds {
  bool service = false;
  bool mesh = false;
};

/// The inputs of `-f`/`--filename` in a command line that is not parsed yet.
[[nodiscard]] std::vector<std::string> inputs_in(const std::vector<std::string>& arguments);

/// `-m FILE` was the name of `-f` before it meant the address of an attestation provider: it
/// becomes
/// `-f FILE`, with a hint, if what follows is a manifest and no address.
[[nodiscard]] std::vector<std::string> with_older_manifest_option(
    const action::System& system, std::vector<std::string> arguments);

/// Declares the options for these kinds.
void add_apply_options(Parser& parser, ApplyOptions& options, const ApplyKinds& kinds);

[[nodiscard]] action::ServiceOptions service_options(const ApplyOptions& options);
/// How many services are built at a time.
[[nodiscard]] std::size_t jobs(const ApplyOptions& options);
[[nodiscard]] action::MeshOutput mesh_output(const ApplyOptions& options);
[[nodiscard]] action::MeshOptions mesh_options(const Invocation& invocation,
                                               const ApplyOptions& options);

}  // namespace sconectl::cli
