#include "sconectl/action/apply_service.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "action/assembled_image.hpp"
#include "action/build_files.hpp"
#include "action/build_record.hpp"
#include "action/manifests.hpp"
#include "action/readable_secrets.hpp"
#include "action/service_plan.hpp"
#include "action/signed_image.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/fingerprint.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::action {
namespace {

/// The key that signs enclaves: made once, for every runtime, so that an image that is rebuilt with
/// hardware later keeps its signer. A key that the manifest names is the user's own.
void keep_signing_key(System& system, const std::filesystem::path& target,
                      const manifest::Service& service) {
  if (service.build.signature && service.build.signature->key) return;
  const auto path = target / "identity.pem";
  const auto files = host::files_beneath(system.files, target);
  if (files->exists(path)) return;
  files->write(path, crypto::PrivateKey::generate_for_enclaves().pkcs8_pem().view(), 0600);
}

/// Who signs an enclave: what the options name, the key of the manifest, or ours.
SignerOptions image_signer(const manifest::Service& service, const ServiceOptions& options) {
  SignerOptions signer;
  if (!options.signing_command.empty()) {
    signer.command = options.signing_command;
    if (options.signer_key) signer.public_key = *options.signer_key;
  } else if (service.build.signature && service.build.signature->key) {
    signer.key = service.build.signature->key->text;
  } else {
    signer.key = options.target / "identity.pem";
  }
  return signer;
}

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

/// The digest that the registry has under a name; "" if it does not tell us: the engine may have
/// its own ways to reach it.
std::string pushed_digest(System& system, const std::string& reference) {
  try {
    ImageSources sources(system);
    const oci::ImageName name = oci::parse_image_name(reference);
    return sources.registry(name).digest(name.selector()).value_or("");
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return "";
  }
}

/// What the build before has left, if this one would be the same: from the same files, on the same
/// base, with a result that is still where it was put. The engine's cache would say the same,
/// later.
std::optional<BuildRecord> built_before(System& system, image::Engine& engine,
                                        const BuildRecord& wanted, const ServiceOptions& options,
                                        const std::filesystem::path& directory) {
  if (options.no_cache) return std::nullopt;
  auto known = read_build_record(system.files, directory);
  if (!known || known->inputs != wanted.inputs || known->engine != wanted.engine ||
      known->reference != wanted.reference || known->base_id != wanted.base_id)
    return std::nullopt;
  const auto there = engine.find({known->reference});
  if (!there.contains(known->reference) || there.at(known->reference).id != known->id)
    return std::nullopt;
  if (!options.push) return known;
  const bool pushed =
      !known->digest.empty() && pushed_digest(system, known->reference) == known->digest;
  return pushed ? known : std::nullopt;
}

/// The same build as the engine knows it.
BuildRecord wanted_build(System& system, image::Engine& engine, const image::BuildPlan& build,
                         const std::filesystem::path& directory) {
  const auto bases = engine.find({build.recipe.base});
  const auto base = bases.find(build.recipe.base);
  return {image::fingerprint(system.files, directory),
          engine.name(),
          build.reference,
          base == bases.end() ? "" : base->second.id,
          "",
          ""};
}

/// An image for Gramine, measured and signed.
void build_for_gramine(System& system, const manifest::Service& service, image::Engine& engine,
                       const image::BuildPlan& build, const ServiceOptions& options,
                       AppliedService& result) {
  const Signer signer = read_signer(system, image_signer(service, options));
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  const SignedImage made =
      build_signed_image(system, engine, build, result.directory, signer, lines);
  result.id = made.id;
  result.enclave = made.enclave;
}

/// Writes the context, builds and pushes with an engine.
void build_image(System& system, const manifest::Service& service, const image::BuildPlan& build,
                 const ServiceOptions& options, AppliedService& result) {
  image::Engine engine(system.processes, system.files, engine_name(system, options.engine),
                       cache_directory(system));
  engine.ask_daemon(system.environment, system.http);
  (void)engine.find({build.reference});  // without a daemon nothing is written
  const auto lock = lock_target(system, options.target);
  image::write(build, system.files, result.directory);
  if (options.signing_command.empty()) keep_signing_key(system, options.target, service);
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  BuildRecord record = wanted_build(system, engine, build, result.directory);
  if (build.runtime == image::Runtime::native)
    if (const auto known = built_before(system, engine, record, options, result.directory)) {
      result.id = known->id;
      if (options.push) result.digest = known->digest;
      result.unchanged = true;
      return;
    }
  system.tell(fmt::format("building {} with {} ...", build.reference, engine.name()));
  if (build.runtime == image::Runtime::gramine) {
    build_for_gramine(system, service, engine, build, options, result);
  } else {
    result.id = engine.build(result.directory, build.reference, lines, build.configuration).id;
  }
  if (options.push) {
    system.tell(fmt::format("pushing {} ...", build.reference));
    result.digest = engine.push(build.reference, lines);
    if (result.digest.empty()) result.digest = pushed_digest(system, build.reference);
  }
  // A base that was not here has been pulled by now.
  record.base_id = wanted_build(system, engine, build, result.directory).base_id;
  record.id = result.id;
  record.digest = result.digest;
  write_build_record(record, system.files, result.directory);
}

/// The same without one.
void put_together(System& system, ImageSources& sources, const manifest::Service& service,
                  const image::BuildPlan& build, const ServiceOptions& options,
                  AppliedService& result) {
  (void)image::assembly(build);  // before anything is written
  const auto lock = lock_target(system, options.target);
  image::write(build, system.files, result.directory);
  keep_signing_key(system, options.target, service);
  system.tell(fmt::format("putting {} together ...", build.reference));
  const AssembledImage made = assemble_image(system, sources, build, result.directory, options);
  result.id = made.id;
  result.digest = made.digest;
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
    put_together(system, *sources, service, build, options, result);
  } else {
    build_image(system, service, build, options, result);
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
