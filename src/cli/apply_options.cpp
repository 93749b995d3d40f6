#include "cli/apply_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "cli/arguments.hpp"
#include "cli/version.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/command.hpp"

namespace sconectl::cli {
namespace {

constexpr int most_jobs = 1000;

void add_common(Parser& parser, ApplyOptions& o) {
  parser
      .add_option("-f,--filename", o.inputs,
                  "Manifest file, directory, or '-' for stdin (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  parser.add_option("-e", o.assignments, "Replace $NAME and ${NAME} in values (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  parser.add_flag("--use-env", o.use_environment, "Replace them from the environment");
  parser.add_flag("-d,--dry-run", o.dry_run,
                  "Write the result, but pull, build, start and send nothing");
  parser.add_flag("--offline", o.offline, "With --dry-run: do not even ask the container engine");
  parser.add_option("--mode", o.mode, "production or debug")
      ->check(CLI::IsMember({"production", "debug"}))
      ->type_name("MODE");
  parser.add_flag("-p,--print-defaults", o.print_defaults,
                  "Print all variables and their defaults");
  parser.add_option("--file", o.defaults_file, "Write what --print-defaults prints to FILE")
      ->type_name("FILE");
  parser.add_option("-t,--target-directory", o.target, "Where results are written")
      ->capture_default_str()
      ->type_name("DIR");
  parser
      .add_option("--engine", o.engine,
                  "docker, podman or buildah (default: the first found); none: images are put "
                  "together and read without one")
      ->check(CLI::IsMember({"docker", "podman", "buildah", "none"}))
      ->type_name("ENGINE");
  parser.add_flag("--require-attestation", o.require_attestation,
                  "Refuse services without attestation (SCONECTL_REQUIRE_ATTESTATION=1)");
  parser.add_flag("-V,--version", o.version, "Print the version");
  parser.add_option("--set-version", o.set_version, "Version of the platform's base images")
      ->type_name("VERSION");
}

void add_service_options(Parser& parser, ApplyOptions& o, bool only) {
  parser
      .add_option(only ? "-h,--helm-template" : "--helm-template", o.helm_template,
                  "Directory with chart templates instead of the built-in ones")
      ->type_name("DIR");
  parser
      .add_option("--runtime", o.runtime,
                  "native, gramine, scone, or auto: scone if its base images are set up, else "
                  "native (default auto)")
      ->check(CLI::IsMember({"auto", "native", "gramine", "scone"}))
      ->type_name("RUNTIME");
  parser
      .add_option("--gramine-image", o.gramine_image,
                  "Image with Gramine's files for the runtime gramine (SCONECTL_GRAMINE_IMAGE; "
                  "default gramineproject/gramine)")
      ->type_name("IMAGE");
  parser
      .add_option("--signing-command", o.signing_command,
                  "Program with arguments that signs enclaves, as in 'sconectl signer sign'")
      ->type_name("COMMAND");
  parser.add_option("--signer-public-key", o.signer_key, "Its public key, PEM")->type_name("FILE");
  parser
      .add_option("--build-ca", o.build_ca,
                  "Certificates (PEM) that the commands of the build trust, too "
                  "(SCONECTL_BUILD_CA)")
      ->type_name("FILE");
  parser
      .add_option("--pip-config", o.pip_config,
                  "pip.conf for the build; no layer has it (SCONECTL_PIP_CONFIG)")
      ->type_name("FILE");
  parser
      .add_option("--npm-config", o.npm_config,
                  ".npmrc for the build; no layer has it (SCONECTL_NPM_CONFIG)")
      ->type_name("FILE");
  parser
      .add_option("--maven-settings", o.maven_settings,
                  "settings.xml for the build; no layer has it (SCONECTL_MAVEN_SETTINGS)")
      ->type_name("FILE");
  parser
      .add_option("--base", o.base,
                  "Image to build on instead of the manifest's or the kind's; with '--engine none' "
                  "also oci:DIR[:NAME]")
      ->type_name("IMAGE");
  parser
      .add_option("--image-output", o.image_output,
                  "With '--engine none': write the image as oci:DIR or oci-archive:FILE, too")
      ->type_name("FORM:PATH");
  parser.add_flag("--no-sbom", o.no_sbom,
                  "Write no bills of materials and no provenance beside the build");
  parser
      .add_option(
          "--sign-key", o.sign_key,
          "Sign the image and what is written about it with this key (cosign's form or PEM)")
      ->type_name("FILE");
  parser.add_flag("--no-cache", o.no_cache, "Build again, whatever was built before");
  parser
      .add_option(
          "-j,--jobs", o.jobs,
          "How many services are built at a time (default: as many as there are processors)")
      ->check(CLI::Range(1, most_jobs))
      ->type_name("N");
  parser.add_option("--iidfile", o.id_file, "Write the image's id to FILE")->type_name("FILE");
  parser
      .add_option("--metadata-file", o.metadata_file,
                  "Write the image's name, id and digest to FILE (JSON)")
      ->type_name("FILE");
  parser
      .add_option("--plan-out", o.plan_out,
                  "Write what is built from to FILE (JSON): Dockerfile and hashes of all files")
      ->type_name("FILE");
  parser.add_option("--plan", o.plan, "Build only if it is what a FILE of --plan-out says")
      ->type_name("FILE");
  if (only) parser.add_flag("-n,--no-push", o.no_push, "Do not push the image");
}

void add_mesh_options(Parser& parser, ApplyOptions& o, bool only) {
  parser
      .add_option(only ? "-m,--maa" : "--maa", o.maa,
                  "Azure Attestation provider that judges the enclaves instead of policy.maa")
      ->type_name("URL");
  parser.add_flag("--host-pwd", o.host_pwd,
                  "Accepted; there is no container whose paths would differ");
  parser.add_flag("--otp", o.otp, "Protect services with one-time passwords");
  parser.add_option("-o,--output", o.output, "helm_chart, yaml, kyaml or compose")
      ->capture_default_str()
      ->check(CLI::IsMember({"helm_chart", "yaml", "kyaml", "compose"}))
      ->type_name("FORM");
  parser
      .add_option("--set", o.set_values,
                  "Set a value of a service's chart, over what the mesh says (repeatable)")
      ->allow_extra_args(false)
      ->type_name("SERVICE.PATH=VALUE");
  parser
      .add_option("--values", o.value_files,
                  "YAML file with values by service, over what the mesh says (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  parser.add_option("--policy-namespace", o.policy_namespace, "Instead of policy.namespace")
      ->type_name("NS");
  parser.add_option("--release", o.release, "Helm release that the host names are made for")
      ->type_name("NAME");
  parser
      .add_option("--release-version", o.release_version,
                  "Version that is applied; those before are accepted until 'rollout finish'")
      ->type_name("N");
  parser.add_option("--cas-config", o.cas_config, "Directory with the CAS configuration")
      ->type_name("DIR");
  parser.add_option("--cas", o.cas, "CAS address instead of cas_url")->type_name("ADDR");
  parser
      .add_option("--service-cas", o.service_cas,
                  "What services are told as the address of the CAS (HOST or HOST:PORT of its "
                  "service interface), where that is not the host of cas_url")
      ->type_name("ADDR");
  parser.add_flag("--no-access-token", o.no_access_token,
                  "Native services without a service access token");
  parser.add_flag(
      "--new-access-tokens", o.new_access_tokens,
      "Replace the service access tokens: services have to be started with the new ones");
  if (only) parser.add_flag("-n,--no-pull", o.no_pull, "Do not pull missing images");
}

bool is_manifest(const action::System& system, const std::string& text) {
  if (text.find("://") != std::string::npos) return false;
  return text == "-" || text.ends_with(".yaml") || text.ends_with(".yml") ||
         system.files.exists(text);
}

void check_offline(const ApplyOptions& options) {
  if (options.offline && !options.dry_run)
    throw diag::Error(diag::ErrorKind::usage, "--offline goes with --dry-run: a run has to ask");
}

action::Substitutions substitutions(const ApplyOptions& options) {
  return {assignments(options.assignments), options.use_environment};
}

}  // namespace

std::vector<std::string> inputs_in(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-f" || argument == "--filename") {
      if (i + 1 < arguments.size()) result.push_back(arguments[++i]);
    } else if (argument.starts_with("--filename=")) {
      result.push_back(argument.substr(11));
    } else if (argument.starts_with("-f") && argument.size() > 2) {
      result.push_back(argument.substr(argument[2] == '=' ? 3 : 2));
    }
  }
  return result;
}

std::vector<std::string> with_older_manifest_option(const action::System& system,
                                                    std::vector<std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    std::string& argument = arguments[i];
    if (!argument.starts_with("-m")) continue;
    const bool joined = argument.size() > 2;
    if (!joined && i + 1 == arguments.size()) break;
    const std::string file =
        joined ? argument.substr(argument[2] == '=' ? 3 : 2) : arguments[i + 1];
    if (!is_manifest(system, file)) continue;
    argument = joined ? "-f" + file : "-f";
    system.warn({diag::Severity::warning,
                 {},
                 fmt::format("'-m {0}' is taken for '-f {0}', its name today; '-m' is the address "
                             "of an Azure attestation provider (--maa)",
                             file)});
  }
  return arguments;
}

void add_apply_options(Parser& parser, ApplyOptions& options, const ApplyKinds& kinds) {
  add_common(parser, options);
  const bool both = kinds.service == kinds.mesh;
  if (kinds.service || both) add_service_options(parser, options, !both);
  if (kinds.mesh || both) add_mesh_options(parser, options, !both);
  if (!both) return;
  parser.add_flag("-n,--no-push,--no-pull", options.no_push,
                  "Services: do not push; meshes: do not pull");
}

std::size_t jobs(const ApplyOptions& options) {
  if (options.jobs > 0) return static_cast<std::size_t>(options.jobs);
  return std::max(1U, std::thread::hardware_concurrency());  // 0: it is not known
}

action::ServiceOptions service_options(const ApplyOptions& options) {
  check_offline(options);
  action::ServiceOptions result;
  result.substitutions = substitutions(options);
  result.target = options.target;
  result.dry_run = options.dry_run;
  result.offline = options.offline;
  result.push = !options.no_push;
  result.mode = text::from_word<manifest::Mode>(options.mode);
  result.runtime = text::from_word<manifest::RuntimeSetting>(options.runtime);
  result.require_attestation = options.require_attestation;
  result.engine = given(options.engine);
  result.sbom = !options.no_sbom;
  result.sign_key = given(options.sign_key);
  result.program_version = version_number();
  result.no_cache = options.no_cache;
  result.base = given(options.base);
  result.image_output = given(options.image_output);
  result.id_file = given(options.id_file);
  result.metadata_file = given(options.metadata_file);
  result.plan_out = given(options.plan_out);
  result.plan = given(options.plan);
  result.helm_template = given(options.helm_template);
  result.gramine_image = given(options.gramine_image);
  result.build_ca = given(options.build_ca);
  result.pip_config = given(options.pip_config);
  result.npm_config = given(options.npm_config);
  result.maven_settings = given(options.maven_settings);
  if (!options.signing_command.empty())
    result.signing_command = session::split_command(options.signing_command);
  result.signer_key = given(options.signer_key);
  result.version = given(options.set_version);
  return result;
}

action::MeshOutput mesh_output(const ApplyOptions& options) {
  return options.output == "yaml"      ? action::MeshOutput::yaml
         : options.output == "kyaml"   ? action::MeshOutput::kyaml
         : options.output == "compose" ? action::MeshOutput::compose
                                       : action::MeshOutput::helm_chart;
}

action::MeshOptions mesh_options(const Invocation& invocation, const ApplyOptions& options) {
  if (options.otp)
    throw diag::Error(diag::ErrorKind::unsupported,
                      "--otp: one-time passwords are not built in yet; "
                      "native services use a service access token");
  if (options.new_access_tokens && options.no_access_token)
    throw diag::Error(diag::ErrorKind::usage,
                      "--new-access-tokens and --no-access-token exclude each other");
  check_offline(options);
  action::MeshOptions result;
  result.substitutions = substitutions(options);
  result.target = options.target;
  result.dry_run = options.dry_run;
  result.offline = options.offline;
  result.pull = !options.no_pull && !options.no_push;
  result.mode = text::from_word<manifest::Mode>(options.mode);
  result.engine = given(options.engine);
  result.output = mesh_output(options);
  result.set_values = options.set_values;
  for (const std::string& file : options.value_files) result.value_files.emplace_back(file);
  result.release = options.release;
  result.release_version = options.release_version;
  result.policy_namespace = options.policy_namespace;
  result.attestation_provider = options.maa;
  result.cas = given(options.cas);
  result.service_cas = given(options.service_cas);
  if (!options.cas_config.empty()) result.cas_config = options.cas_config;
  result.config = invocation.config;
  result.access_tokens = !options.no_access_token;
  result.new_access_tokens = options.new_access_tokens;
  result.require_attestation = options.require_attestation;
  return result;
}

}  // namespace sconectl::cli
