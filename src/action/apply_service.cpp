#include "sconectl/action/apply_service.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "action/assembled_image.hpp"
#include "action/build_files.hpp"
#include "action/built_image.hpp"
#include "action/image_signature.hpp"
#include "action/manifests.hpp"
#include "action/readable_secrets.hpp"
#include "action/service_plan.hpp"
#include "action/signing_key.hpp"
#include "action/supply_chain.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::action {
namespace {

/// What the plan alone tells about the result.
AppliedService described(const image::BuildPlan& build, const ServiceOptions& options) {
  AppliedService result;
  result.name = build.name;
  result.reference = build.reference;
  result.runtime = text::word(build.runtime);
  result.runtime_because = build.runtime_because;
  result.directory = options.target / "images" / build.name;
  result.listing = image::listing(build);
  result.dockerfile = build.dockerfile;
  return result;
}

/// The same without one.
AssembledImage put_together(System& system, ImageSources& sources, const manifest::Service& service,
                            const image::BuildPlan& build, const ServiceOptions& options,
                            AppliedService& result) {
  (void)image::assembly(build);  // before anything is written
  const auto lock = lock_target(system, options.target);
  image::write(build, system.files, result.directory);
  keep_signing_key(system, options.target, service);
  system.tell(fmt::format("putting {} together ...", build.reference));
  AssembledImage made = assemble_image(system, sources, build, result.directory, options);
  result.id = made.id;
  result.digest = made.image.digest;
  result.pushed = options.push;
  return made;
}

/// Its layers are in the store, but for those of the base.
void describe_assembled(System& system, ImageSources& sources, const AssembledImage& made,
                        const image::BuildPlan& build, const std::string& manifest_file,
                        const ServiceOptions& options, const crypto::PrivateKey* key,
                        const AppliedService& result) {
  oci::Registry nowhere = sources.registry(oci::parse_image_name(build.reference));
  ReadableImage readable{&nowhere, &made.image, ""};
  if (made.base != nullptr) {
    readable.source = made.base->source.get();
    readable.base_digest = made.base->image.digest;
  }
  add_supply_chain(system, sources, readable, build, manifest_file, options, key, result);
}

/// As `docker build` writes them, for scripts.
void write_notes(System& system, const ServiceOptions& options, const AppliedService& result) {
  if (options.id_file) system.files.write(*options.id_file, result.id);
  if (!options.metadata_file) return;
  nlohmann::ordered_json json;
  json["containerimage.config.digest"] = result.id;
  if (!result.digest.empty()) json["containerimage.digest"] = result.digest;
  json["image.name"] = result.reference;
  system.files.write(*options.metadata_file, json.dump(2) + "\n");
}

/// What does not go together.
void check(const ServiceOptions& options, bool engineless) {
  const auto refuse = [](const char* why) { throw diag::Error(diag::ErrorKind::usage, why); };
  if (options.image_output) (void)parse_image_output(*options.image_output);
  if (options.image_output && !engineless)
    refuse("--image-output goes with '--engine none'; an engine writes with 'docker save'");
  if (options.sign_key && !options.push)
    refuse("--sign-key needs a registry: the signature is put beside the image");
  if (!engineless && options.base && options.base->starts_with("oci:"))
    refuse("a base in OCI layout goes with '--engine none'");
}

}  // namespace

AppliedService apply_service(System& system, const Document& document,
                             const ServiceOptions& options) {
  const bool engineless = without_engine(system, options.engine);
  check(options, engineless);
  auto service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  std::optional<crypto::PrivateKey> key;
  if (options.sign_key && !options.dry_run) key = read_image_key(system, *options.sign_key);
  if (options.base) service.build.from = manifest::Text{*options.base, {}};
  std::optional<ImageSources> sources;
  if (engineless) sources.emplace(system);
  const BuildFiles files(system, options);
  image::BuildConfiguration configuration = files.configuration();
  configuration.fresh = options.no_cache;
  const image::BuildPlan build = plan_service(
      system, service, options, sources ? &*sources : nullptr, std::move(configuration));
  diag::Diagnostics readable;
  warn_of_readable_secrets(service, readable);
  for (const diag::Diagnostic& warning : readable.all()) system.warn(warning);
  AppliedService result = described(build, options);
  if (options.dry_run) {
    const auto lock = lock_target(system, options.target);
    image::write(build, system.files, result.directory);
    return result;
  }
  image::require_buildable(build);
  if (sources) {
    const AssembledImage made = put_together(system, *sources, service, build, options, result);
    describe_assembled(system, *sources, made, build, document.file, options, key ? &*key : nullptr,
                       result);
  } else {
    build_image(system, service, build, options, result);
    add_supply_chain_of_pushed(system, build, document.file, options, key ? &*key : nullptr,
                               result);
  }
  write_notes(system, options, result);
  return result;
}

std::string service_defaults(System& system, const Document& document,
                             const ServiceOptions& options) {
  const auto service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  yaml::Node env = yaml::Node::sequence();
  for (const manifest::Variable& variable : service.global) {
    yaml::Node node;
    node.set("name", variable.name);
    node.set("value", variable.value ? yaml::Node(*variable.value) : yaml::Node());
    env.push(std::move(node));
  }
  return yaml::write(yaml::Node().set("env", std::move(env)));
}

std::optional<std::string> engine_name(const System& system,
                                       const std::optional<std::string>& option) {
  if (option) return option;
  const std::string name = system.environment.get_or("SCONECTL_ENGINE", "");
  return name.empty() ? std::nullopt : std::optional(name);
}

std::filesystem::path cache_directory(const System& system) {
  const std::string base = system.environment.get_or("XDG_CACHE_HOME", "");
  return (base.empty() ? system.environment.home_directory() / ".cache"
                       : std::filesystem::path(base)) /
         "sconectl" / "images";
}

}  // namespace sconectl::action
