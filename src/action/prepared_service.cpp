#include "action/prepared_service.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "action/assembled_image.hpp"
#include "action/build_time.hpp"
#include "action/built_image.hpp"
#include "action/image_signature.hpp"
#include "action/manifests.hpp"
#include "action/readable_secrets.hpp"
#include "action/service_plan.hpp"
#include "action/signing_key.hpp"
#include "action/supply_chain.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/image/file_hashes.hpp"
#include "sconectl/image/plan_text.hpp"

namespace sconectl::action {
namespace {

std::filesystem::path directory_of(const image::BuildPlan& build, const ServiceOptions& options) {
  return options.target / "images" / build.name;
}

/// What the plan alone tells about the result.
AppliedService described(const image::BuildPlan& build, const ServiceOptions& options) {
  AppliedService result;
  result.name = build.name;
  result.reference = build.reference;
  result.runtime = text::word(build.runtime);
  result.runtime_because = build.runtime_because;
  result.directory = directory_of(build, options);
  result.listing = image::listing(build);
  result.dockerfile = build.dockerfile;
  return result;
}

/// The image without an engine; nothing if it is the one before, with all that was written about
/// it.
std::optional<AssembledImage> put_together(System& system, ImageSources& sources,
                                           const image::BuildPlan& build,
                                           const ServiceOptions& options, image::FileHashes& hashes,
                                           AppliedService& result) {
  BuildRecord record = wanted_assembly(system, sources, build, result.directory, options, hashes);
  if (const auto known = assembled_before(system, sources, record, result.directory, options)) {
    result.id = known->id;
    result.digest = known->digest;
    result.unchanged = true;
    if (has_documents(system, options, result)) {
      keep_file_list(system, result.directory, known->file_list);
      return std::nullopt;
    }
  }
  system.tell(fmt::format("putting {} together ...", build.reference));
  AssembledImage made = assemble_image(system, sources, build, result.directory, options);
  result.unchanged = false;
  result.id = record.id = made.id;
  result.digest = record.digest = made.image.digest;
  result.pushed = options.push;
  record.file_list = made.file_list;
  keep_file_list(system, result.directory, made.file_list);
  const auto files = host::files_beneath(system.files, options.target);
  write_build_record(record, *files, result.directory);
  return made;
}

/// Its layers are in the store, but for those of the base.
void describe_assembled(System& system, ImageSources& sources, const AssembledImage& made,
                        const image::BuildPlan& build, const ReadManifest& manifest,
                        const ServiceOptions& options, const crypto::PrivateKey* key,
                        const AppliedService& result) {
  oci::Registry nowhere = sources.registry(oci::parse_image_name(build.reference));
  ReadableImage readable{&nowhere, &made.image, "", false};
  if (made.base != nullptr) {
    readable.source = made.base->source.get();
    readable.base_digest = made.base->image.digest;
  }
  add_supply_chain(system, sources, readable, build, manifest, options, key, result);
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

std::string absolute_text(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

std::filesystem::path in_cache(const System& system, std::string_view folder,
                               std::string_view subject) {
  return cache_directory(system).parent_path() / folder /
         crypto::hex(crypto::view(crypto::sha256(subject)));
}

/// One file for each place that images are made in, so that each keeps to its own.
std::filesystem::path hash_notes(const System& system, const std::filesystem::path& directory) {
  return in_cache(system, "hashes", absolute_text(directory));
}

/// A name in an engine and a place of the user are the same for runs with other target
/// directories. They take turns, so that none pushes, describes or half replaces what is another's.
std::unique_ptr<host::FileLock> turn(System& system, const PreparedService& prepared,
                                     const ServiceOptions& options) {
  std::string subject;
  if (prepared.engine) {
    subject = fmt::format("image '{}' of {}", prepared.plan.reference, prepared.engine->name());
  } else if (options.image_output) {
    subject = fmt::format("'{}'", absolute_text(parse_image_output(*options.image_output).path));
  } else {
    return nullptr;
  }
  const auto file = in_cache(system, "turns", subject);
  try {
    system.files.make_directories(file.parent_path(), 0700);
    return system.files.lock(file, [&] {
      system.tell(fmt::format("waiting for another run that makes {} ...", subject));
    });
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    system.warn({diag::Severity::warning,
                 {},
                 fmt::format("{}; another run that makes {} at the same time is not noticed",
                             error.text(), subject)});
    return nullptr;
  }
}

/// What a plan says of a service; Error{conflict} if that is nothing.
std::string planned_text(System& system, const std::string& file, const std::string& name) {
  constexpr std::size_t largest_plan = std::size_t{64} << 20U;
  auto plans = image::plans_in(system.files.read(file, largest_plan), file);
  const auto found = plans.find(name);
  if (found == plans.end())
    throw diag::Error(diag::ErrorKind::conflict,
                      fmt::format("service '{}' is not in the plan '{}'", name, file));
  return std::move(found->second);
}

/// Writes what is built from; returns it as text if the options ask for that, else "".
std::string write_planned(System& system, const PreparedService& prepared,
                          const ServiceOptions& options, const std::filesystem::path& directory,
                          image::FileHashes& hashes) {
  image::write(prepared.plan, system.files, directory, hashes);
  if (!options.plan && !options.plan_out) return "";
  std::string text = image::plan_text(prepared.plan, system.files, directory, hashes);
  if (!prepared.planned) return text;
  auto differences = image::plan_differences(*prepared.planned, text);
  if (differences.empty()) return text;
  throw diag::Error(diag::ErrorKind::conflict,
                    fmt::format("image '{}' is not built: it would not be what the plan '{}' says",
                                prepared.plan.reference, *options.plan),
                    std::move(differences));
}

/// What does not go together.
void check(const ServiceOptions& options, bool engineless) {
  const auto refuse = [](const char* why) { throw diag::Error(diag::ErrorKind::usage, why); };
  if (options.image_output) (void)parse_image_output(*options.image_output);
  if (options.image_output && !engineless)
    refuse("--image-output goes with '--engine none'; an engine writes with 'docker save'");
  if ((options.plan_out || options.plan) && options.offline)
    refuse("a plan has to know what the base says, which '--offline' does not ask");
  if (options.sign_key && !options.push)
    refuse("--sign-key needs a registry: the signature is put beside the image");
  if (!engineless && options.base && oci::parse_layout_reference(*options.base))
    refuse("a base in OCI layout goes with '--engine none'");
}

}  // namespace

PreparedService prepare_service(System& system, const Document& document,
                                const ServiceOptions& options) {
  PreparedService result;
  const bool engineless = without_engine(system, options.engine);
  check(options, engineless);
  result.service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  result.manifest = {document.file, document.sha256};
  if (options.sign_key && !options.dry_run) result.key = read_image_key(system, *options.sign_key);
  if (options.base) result.service.build.from = manifest::Text{*options.base, {}};
  if (engineless) result.sources = std::make_unique<ImageSources>(system);
  result.files = std::make_unique<BuildFiles>(system, options);
  image::BuildConfiguration configuration = result.files->configuration();
  configuration.fresh = options.no_cache;
  if (!engineless) configuration.time = source_date_epoch(system);
  result.plan =
      plan_service(system, result.service, options, result.sources.get(), std::move(configuration));
  if (options.plan) result.planned = planned_text(system, *options.plan, result.plan.name);
  diag::Diagnostics readable;
  warn_of_readable_secrets(result.service, readable);
  for (const diag::Diagnostic& warning : readable.all()) system.warn(warning);
  if (options.dry_run) return result;
  image::require_buildable(result.plan);
  if (engineless)
    (void)image::assembly(result.plan);
  else
    result.engine = ready_engine(system, result.plan, options);
  return result;
}

void keep_signing_key_for(System& system, const PreparedService& prepared,
                          const ServiceOptions& options) {
  if (options.dry_run || (prepared.engine && !options.signing_command.empty())) return;
  keep_signing_key(system, options.target, prepared.service);
}

void check_planned(System& system, const PreparedService& prepared, const ServiceOptions& options) {
  const auto directory = directory_of(prepared.plan, options);
  image::FileHashes hashes(system.files, system.clock, hash_notes(system, directory));
  (void)write_planned(system, prepared, options, directory, hashes);
  hashes.keep();
}

AppliedService finish_service(System& system, const PreparedService& prepared,
                              const ServiceOptions& options) {
  const image::BuildPlan& build = prepared.plan;
  AppliedService result = described(build, options);
  image::FileHashes hashes(system.files, system.clock, hash_notes(system, result.directory));
  const crypto::PrivateKey* key = prepared.key ? &*prepared.key : nullptr;
  const auto held = options.dry_run ? nullptr : turn(system, prepared, options);
  result.plan = write_planned(system, prepared, options, result.directory, hashes);
  if (options.dry_run) {
    hashes.keep();
    return result;
  }
  if (prepared.engine) {
    build_image(system, *prepared.engine, prepared.service, build, options, hashes, result);
    add_supply_chain_of_built(system, *prepared.engine, build, prepared.manifest, options, key,
                              result);
  } else {
    if (const auto made = put_together(system, *prepared.sources, build, options, hashes, result))
      describe_assembled(system, *prepared.sources, *made, build, prepared.manifest, options, key,
                         result);
  }
  hashes.keep();
  write_notes(system, options, result);
  return result;
}

}  // namespace sconectl::action
