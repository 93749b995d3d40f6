// `apply` of a service manifest: builds an image and pushes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/manifest/runtime.hpp"

namespace sconectl::action {

struct ServiceOptions {
  Substitutions substitutions;
  std::filesystem::path target = "target";
  bool dry_run = false;  ///< plan and write, but run nothing
  bool offline = false;  ///< --offline: a dry run does not even ask the engine
  bool push = true;
  bool no_cache = false;               ///< --no-cache: build again, whatever was built before
  std::optional<manifest::Mode> mode;  ///< --mode; else production
  /// --runtime; wins over the manifest and SCONECTL_RUNTIME
  std::optional<manifest::RuntimeSetting> runtime;
  bool require_attestation = false;          ///< --require-attestation
  std::optional<std::string> engine;         ///< --engine; wins over SCONECTL_ENGINE
  std::optional<std::string> base;           ///< --base: instead of what the manifest builds on
  std::optional<std::string> image_output;   ///< --image-output oci:DIR|oci-archive:FILE
  bool sbom = true;                          ///< not with --no-sbom
  std::optional<std::string> sign_key;       ///< --sign-key: of cosign, or PEM
  std::string program_version;               ///< ours, for what is written about the image
  std::optional<std::string> id_file;        ///< --iidfile
  std::optional<std::string> metadata_file;  ///< --metadata-file
  std::optional<std::string> plan_out;       ///< --plan-out: image::plan_document() of all services
  std::optional<std::string> plan;           ///< --plan: build only what this one says
  std::optional<std::string> version;        ///< --set-version; wins over SCONECTL_VERSION, VERSION
  std::optional<std::string> gramine_image;  ///< --gramine-image; wins over SCONECTL_GRAMINE_IMAGE
  std::vector<std::string> signing_command;  ///< --signing-command, as in SignerOptions
  std::optional<std::string> signer_key;     ///< --signer-public-key, goes with it
  // Files for the commands of a build; win over SCONECTL_BUILD_CA, SCONECTL_PIP_CONFIG,
  // SCONECTL_NPM_CONFIG, SCONECTL_MAVEN_SETTINGS.
  std::optional<std::string> build_ca;        ///< --build-ca
  std::optional<std::string> pip_config;      ///< --pip-config
  std::optional<std::string> npm_config;      ///< --npm-config
  std::optional<std::string> maven_settings;  ///< --maven-settings
  std::optional<std::string> helm_template;   ///< directory that replaces the built-in templates
};

struct AppliedService {
  std::string name;
  std::string reference;
  std::string runtime;
  std::string runtime_because;      ///< who chose it
  std::filesystem::path directory;  ///< target/images/<name>
  std::string listing;              ///< paths of the build context
  std::string dockerfile;
  std::string plan;        ///< image::plan_text(), if a plan was asked for
  bool pushed = false;     ///< by this run
  bool unchanged = false;  ///< nothing was built: the image is the one before
  std::string id;          ///< image id; "" in a dry run
  std::string digest;      ///< of the manifest; "" if an engine did not push it
  /// Of the image that an engine has built on, as a registry knows it; "" if none does.
  std::string base_digest;
  std::optional<image::EnclaveIdentity> enclave;  ///< of images for Gramine; not in a dry run
};

/// Throws Error; on an error nothing of an earlier result is lost.
AppliedService apply_service(System& system, const Document& document,
                             const ServiceOptions& options);

/// `--print-defaults`: the variables that the image takes, with their defaults, as YAML.
[[nodiscard]] std::string service_defaults(System& system, const Document& document,
                                           const ServiceOptions& options);

/// The engine's name to use (--engine, else SCONECTL_ENGINE) and where /scone folders are cached.
[[nodiscard]] std::optional<std::string> engine_name(const System& system,
                                                     const std::optional<std::string>& option);
[[nodiscard]] std::filesystem::path cache_directory(const System& system);

}  // namespace sconectl::action
