#include "action/built_image.hpp"

#include <fmt/core.h>

#include <future>

#include "action/build_record.hpp"
#include "action/image_sources.hpp"
#include "action/manifests.hpp"
#include "action/scone_image.hpp"
#include "action/signed_image.hpp"
#include "action/signing_key.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/fingerprint.hpp"

namespace sconectl::action {
namespace {

/// The digest that the registry has under a name; "" if it does not tell us: the engine may have
/// its own ways to reach it.
std::string pushed_digest(System& system, const std::string& reference) {
  try {
    return ImageSources(system).digest(reference).value_or("");
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return "";
  }
}

using Found = std::map<std::string, image::ImageIdentity>;

/// The images that a build starts from, as the manifest's recipe names them.
std::vector<std::string> bases(const image::BuildPlan& build) {
  std::vector<std::string> result;
  for (const std::string& reference : {build.recipe.base, build.recipe.java_compiler})
    if (!reference.empty()) result.push_back(reference);
  return result;
}

/// What the engine has of them, and of the result.
Found found_images(image::Engine& engine, const image::BuildPlan& build) {
  std::vector<std::string> references = {build.reference};
  for (const std::string& base : bases(build))
    if (base != "scratch") references.push_back(base);
  return engine.find(references);
}

/// The ids of all images that the build starts from; "" if the engine does not have one of them.
std::string base_id(const Found& found, const image::BuildPlan& build) {
  std::string ids;
  for (const std::string& reference : bases(build)) {
    const auto known = found.find(reference);
    if (reference != "scratch" && known == found.end()) return "";
    ids += (reference == "scratch" ? reference : known->second.id) + " ";
  }
  return ids;
}

/// The digest of the base, if the engine got it from a registry or sent it to one. Not asked of the
/// registry, where the name may have another image by now.
std::string base_digest(const Found& found, const image::BuildPlan& build) {
  const auto base = found.find(build.recipe.base);
  if (base == found.end()) return "";
  const auto at = base->second.digest.find('@');
  return at == std::string::npos ? "" : base->second.digest.substr(at + 1);
}

/// What the engine is given.
std::string inputs_of(const System& system, const image::BuildPlan& build,
                      const std::filesystem::path& directory, image::FileHashes& hashes) {
  std::string result = image::fingerprint(system.files, directory, hashes);
  if (build.configuration.time) result += fmt::format(" {}", *build.configuration.time);
  return result;
}

/// What the build before has left, if this one would be the same: from the same files, on the same
/// base, with a result that is still where it was put. The engine's cache would say the same,
/// later.
std::optional<BuildRecord> built_before(System& system, const Found& found,
                                        const BuildRecord& wanted, const ServiceOptions& options,
                                        const std::filesystem::path& directory) {
  if (options.no_cache) return std::nullopt;
  auto known = read_build_record(system.files, directory);
  // A builder may have a base that the engine does not show: whether that changed is its business.
  if (wanted.base_id.empty()) return std::nullopt;
  if (!known || known->inputs != wanted.inputs || known->engine != wanted.engine ||
      known->reference != wanted.reference || known->base_id != wanted.base_id)
    return std::nullopt;
  const auto there = found.find(known->reference);
  if (there == found.end() || there->second.id != known->id) return std::nullopt;
  if (!options.push) return known;
  const bool pushed =
      !known->digest.empty() && pushed_digest(system, known->reference) == known->digest;
  return pushed ? known : std::nullopt;
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

/// The same for SCONE.
void build_for_scone(System& system, const manifest::Service& service, image::Engine& engine,
                     const image::BuildPlan& build, const ServiceOptions& options,
                     AppliedService& result) {
  const Signer signer = read_signer(system, image_signer(service, options));
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  const SconeImage made = build_scone_image(system, engine, build, result.directory, signer, lines);
  result.id = made.id;
  result.enclave = made.enclave;
}

/// What only the build has found out, for a dry run of a mesh, which asks no engine.
void keep_built_facts(System& system, image::Engine& engine, const image::BuildPlan& build,
                      const image::ImageIdentity& built, const ServiceOptions& options,
                      const std::filesystem::path& directory) {
  if (build.integrity == manifest::Integrity::off) return;
  const std::string path(image::service_json_path);
  const std::string text = engine.scone_folder(build.reference, built).at(path);
  host::files_beneath(system.files, options.target)
      ->write(directory / "context" / "scone" / path, text, 0644, host::Durability::cached);
}

/// Side by side: to read what an image says about itself takes the engine as long as a small push.
void push_and_keep_facts(System& system, image::Engine& engine, const image::BuildPlan& build,
                         const std::optional<image::ImageIdentity>& built,
                         const ServiceOptions& options, AppliedService& result) {
  std::future<std::string> digest;
  if (options.push) {
    system.tell(fmt::format("pushing {} ...", build.reference));
    digest = std::async(std::launch::async, [&] {
      return engine.push(build.reference, [&](std::string_view line) { system.tell_more(line); });
    });
  }
  if (built) keep_built_facts(system, engine, build, *built, options, result.directory);
  if (!options.push) return;
  result.digest = digest.get();
  result.pushed = true;
  if (result.digest.empty()) result.digest = pushed_digest(system, build.reference);
}

}  // namespace

std::unique_ptr<image::Engine> ready_engine(System& system, const image::BuildPlan& build,
                                            const ServiceOptions& options) {
  auto engine = std::make_unique<image::Engine>(
      system.processes, system.files, engine_name(system, options.engine), cache_directory(system));
  engine->ask_daemon(system.environment, system.http);
  system.docker_builder->note(system.files, system.environment,
                              cache_directory(system).parent_path() / "docker-builder");
  engine->share_builder(system.docker_builder);
  (void)engine->find({build.reference});
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  if (build.scone) require_scone_images(system, *engine, build, lines);
  return engine;
}

void build_image(System& system, image::Engine& engine, const manifest::Service& service,
                 const image::BuildPlan& build, const ServiceOptions& options,
                 image::FileHashes& hashes, AppliedService& result) {
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  // What is measured and signed has more inputs than these.
  std::optional<BuildRecord> record;
  Found found;
  if (build.runtime == image::Runtime::native) {
    found = found_images(engine, build);
    record = {inputs_of(system, build, result.directory, hashes),
              engine.name(),
              build.reference,
              base_id(found, build),
              "",
              ""};
    if (const auto known = built_before(system, found, *record, options, result.directory)) {
      keep_built_facts(system, engine, build, {known->id, ""}, options, result.directory);
      result.id = known->id;
      if (options.push) result.digest = known->digest;
      result.base_digest = base_digest(found, build);
      result.unchanged = true;
      return;
    }
  }
  system.tell(fmt::format("building {} with {} ...", build.reference, engine.name()));
  std::optional<image::ImageIdentity> built;
  if (build.runtime == image::Runtime::gramine) {
    build_for_gramine(system, service, engine, build, options, result);
  } else if (build.runtime == image::Runtime::scone) {
    build_for_scone(system, service, engine, build, options, result);
  } else {
    built = engine.build(result.directory, build.reference, lines, build.configuration);
    result.id = built->id;
  }
  push_and_keep_facts(system, engine, build, built, options, result);
  // A base that was not here has been pulled by now.
  if (!record || record->base_id.empty()) found = found_images(engine, build);
  result.base_digest = base_digest(found, build);
  if (!record) return;
  if (record->base_id.empty()) record->base_id = base_id(found, build);
  record->id = result.id;
  record->digest = result.digest;
  const auto files = host::files_beneath(system.files, options.target);
  write_build_record(*record, *files, result.directory);
}

}  // namespace sconectl::action
