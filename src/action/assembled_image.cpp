#include "action/assembled_image.hpp"

#include <fmt/core.h>

#include "action/build_time.hpp"
#include "action/image_push.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/image/fingerprint.hpp"
#include "sconectl/oci/layout.hpp"

namespace sconectl::action {
namespace {

/// Of every file in our layers, unless SOURCE_DATE_EPOCH says otherwise: one second after the
/// beginning of time, as some programs take the beginning itself for no time at all.
constexpr std::uint64_t usual_time = 1;

std::uint64_t time_of_build(const System& system) {
  return source_date_epoch(system).value_or(usual_time);
}

/// Says how far a layer is to who watches, in whole megabytes: a terminal needs no more of them.
image::Progress packing_told(System& system) {
  if (!system.step) return {};
  return [&system, last = std::uint64_t{0}](const std::string& title, std::uint64_t done,
                                            std::uint64_t all) mutable {
    constexpr std::uint64_t unit = 1'000'000;
    if (done / unit == last) return;
    last = done / unit;
    system.step(title, fmt::format("packing the {}, {} of {} MB", title, last, all / unit));
  };
}

void push(System& system, ImageSources& sources, const std::string& reference,
          const FoundImage* base, const image::Assembled& assembled) {
  ImagePush to(system, sources, reference);
  if (base != nullptr) to.layers_of(*base, assembled.of_base);
  to.made_layers(assembled.made);
  to.finish(assembled.image);
}

/// A layout holds the layers of the base, too.
void write_image(host::Files& files, ImageSources& sources, const FoundImage* base,
                 const image::Assembled& assembled, const ImageOutput& output, std::uint64_t time) {
  if (base != nullptr)
    for (const oci::Descriptor& layer : assembled.of_base)
      sources.store().fetch(*base->source, layer);
  if (output.form == ImageOutput::Form::layout) {
    oci::write_layout(assembled.image, sources.store(), files, output.path);
  } else {
    oci::write_layout_archive(assembled.image, sources.store(), files, output.path, time);
  }
}

ImageOutput output_of(const ServiceOptions& options, const std::filesystem::path& directory) {
  return options.image_output ? parse_image_output(*options.image_output)
                              : ImageOutput{ImageOutput::Form::layout, directory / "image"};
}

bool is_written_whole(System& system, const ImageOutput& output, const std::string& digest) {
  if (output.form != ImageOutput::Form::layout) return false;
  try {
    return oci::Layout(system.files, output.path).has_whole(digest);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return false;  // whatever is there: it is written, or refused for what it is
  }
}

bool is_pushed(ImageSources& sources, const BuildRecord& known) {
  try {
    return sources.digest(known.reference) == known.digest;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return false;  // who may not ask may still push
  }
}

}  // namespace

ImageOutput parse_image_output(const std::string& text) {
  const auto colon = text.find(':');
  const std::string form = text.substr(0, colon);
  if (colon != std::string::npos && colon + 1 < text.size()) {
    const std::string path = text.substr(colon + 1);
    if (form == "oci") return {ImageOutput::Form::layout, path};
    if (form == "oci-archive") return {ImageOutput::Form::archive, path};
  }
  throw diag::Error(diag::ErrorKind::usage,
                    fmt::format("--image-output is '{}', and has to be oci:DIRECTORY or "
                                "oci-archive:FILE",
                                text));
}

AssembledImage assemble_image(System& system, ImageSources& sources, const image::BuildPlan& plan,
                              const std::filesystem::path& directory,
                              const ServiceOptions& options) {
  const image::Assembly assembly = image::assembly(plan);
  const std::uint64_t time = time_of_build(system);
  const FoundImage* base = assembly.base == "scratch" ? nullptr : &sources.find(assembly.base);
  std::optional<image::AssemblyBase> below;
  if (base != nullptr) below.emplace(image::AssemblyBase{*base->source, base->image});
  image::Assembled assembled =
      image::assemble(assembly, below, directory / "context", system.files, sources.store(),
                      sources.trees(), time, packing_told(system));
  assembled.image.name = plan.reference;
  if (options.push) {
    system.tell(fmt::format("pushing {} ...", plan.reference));
    push(system, sources, plan.reference, base, assembled);
  }
  if (options.image_output || !options.push) {
    const ImageOutput output = output_of(options, directory);
    system.tell(fmt::format("writing {} ...", output.path.string()));
    // What is written to the target directory goes through no link; another place is the user's.
    const auto beneath = host::files_beneath(system.files, options.target);
    write_image(options.image_output ? system.files : *beneath, sources, base, assembled, output,
                time);
  }
  return {assembled.id,
          {assembled.digest,
           std::get<oci::Manifest>(oci::parse_manifest(assembled.image.manifest, plan.reference)),
           assembled.image.config},
          base,
          std::move(assembled.file_list)};
}

void keep_file_list(System& system, const std::filesystem::path& directory,
                    const std::string& hash) {
  if (hash.empty()) return;
  const auto files = host::files_beneath(system.files, directory);
  const auto path = directory / "context" / "scone" / image::service_json_path;
  files->write(path, image::with_file_list(files->read(path), hash), 0644,
               host::Durability::cached);
}

BuildRecord wanted_assembly(System& system, ImageSources& sources, const image::BuildPlan& plan,
                            const std::filesystem::path& directory, const ServiceOptions& options,
                            image::FileHashes& hashes) {
  const std::string base = image::assembly(plan).base;
  BuildRecord wanted;
  wanted.inputs = fmt::format("{} {} {}", image::fingerprint(system.files, directory, hashes),
                              time_of_build(system), options.program_version);
  wanted.engine = "none";
  wanted.reference = plan.reference;
  wanted.base_id = base == "scratch" ? base : sources.digest(base).value_or("");
  return wanted;
}

std::optional<BuildRecord> assembled_before(System& system, ImageSources& sources,
                                            const BuildRecord& wanted,
                                            const std::filesystem::path& directory,
                                            const ServiceOptions& options) {
  if (options.no_cache || wanted.base_id.empty()) return std::nullopt;
  auto known = read_build_record(system.files, directory);
  if (!known || known->inputs != wanted.inputs || known->engine != wanted.engine ||
      known->reference != wanted.reference || known->base_id != wanted.base_id)
    return std::nullopt;
  if (options.push && !is_pushed(sources, *known)) return std::nullopt;
  const bool has_output = options.image_output || !options.push;
  if (has_output && !is_written_whole(system, output_of(options, directory), known->digest))
    return std::nullopt;
  return known;
}

}  // namespace sconectl::action
