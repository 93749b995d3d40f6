#include "action/supply_chain.hpp"

#include <fmt/core.h>

#include "action/image_documents.hpp"
#include "action/image_signature.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/oci/saved_image.hpp"

namespace sconectl::action {
namespace {

constexpr const char* last_document = "provenance.json";

/// Those of an earlier image are not true of this one.
void forget_documents(System& system, const AppliedService& result) {
  for (const char* file : {"sbom.spdx.json", "sbom.cdx.json", last_document})
    system.files.remove_tree(result.directory / file);
}

/// What can not be read is told; who wants a signature has to have it.
template <typename Act>
void or_warn(System& system, const ServiceOptions& options, const AppliedService& result,
             const Act& act) {
  try {
    act();
  } catch (const diag::Error& error) {
    if (options.sign_key || error.kind() == diag::ErrorKind::interrupted) throw;
    system.warn({diag::Severity::warning,
                 {},
                 fmt::format("there are no bills of materials of image '{}': {}; '--no-sbom' does "
                             "without",
                             result.reference, error.text())});
  }
}

/// An image as a file beside its context, as long as this lives. The target directory is locked:
/// what another run has left there was killed.
class Saved {
 public:
  Saved(System& system, image::Engine& engine, const std::string& reference,
        const std::filesystem::path& directory)
      : place_(host::TemporaryDirectory::only(system.files, ".saved-", directory)) {
    system.tell_more(fmt::format("reading {} from {} ...", reference, engine.name()));
    engine.save(reference, file());
  }
  [[nodiscard]] std::filesystem::path file() const { return place_.path() / "image.tar"; }

 private:
  host::TemporaryDirectory place_;
};

}  // namespace

bool has_documents(System& system, const ServiceOptions& options, const AppliedService& result) {
  if (!result.unchanged || options.sign_key) return false;
  return !options.sbom || system.files.exists(result.directory / last_document);
}

void add_supply_chain(System& system, ImageSources& sources, const ReadableImage& image,
                      const image::BuildPlan& plan, const ReadManifest& manifest,
                      const ServiceOptions& options, const crypto::PrivateKey* key,
                      const AppliedService& result) {
  if (!result.unchanged) forget_documents(system, result);
  if (!options.sbom && !options.sign_key) return;
  if (has_documents(system, options, result)) return;
  or_warn(system, options, result, [&] {
    std::vector<ImageDocument> documents;
    if (options.sbom) {
      documents =
          image_documents(system, sources, *image.source, *image.image, plan, result.directory,
                          {manifest, image.base_digest, options.program_version, image.only_id});
      const auto files = host::files_beneath(system.files, options.target);
      for (const ImageDocument& document : documents)
        files->write(result.directory / document.file, document.bytes + "\n", 0644,
                     host::Durability::cached);
    }
    if (key == nullptr) return;
    system.tell(fmt::format("signing {} ...", result.reference));
    sign_image(sources, oci::parse_image_name(plan.reference), result.digest, *key, documents);
  });
}

void add_supply_chain_of_built(System& system, image::Engine& engine, const image::BuildPlan& plan,
                               const ReadManifest& manifest, const ServiceOptions& options,
                               const crypto::PrivateKey* key, const AppliedService& result) {
  if (!result.unchanged) forget_documents(system, result);
  if (!options.sbom && !options.sign_key) return;
  if (has_documents(system, options, result)) return;
  const bool in_registry = options.push && !result.digest.empty();
  if (options.sign_key && !in_registry)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("image '{}' is not signed: its registry does not tell its digest",
                                  result.reference));
  or_warn(system, options, result, [&] {
    ImageSources sources(system);
    const auto add = [&](const ReadableImage& image) {
      add_supply_chain(system, sources, image, plan, manifest, options, key, result);
    };
    if (in_registry) {
      const oci::ImageName name = oci::parse_image_name(plan.reference);
      const FoundImage& found = sources.find(name.with_digest(result.digest).text());
      return add({found.source.get(), &found.image, result.base_digest, false});
    }
    const Saved saved(system, engine, plan.reference, result.directory);
    oci::SavedImage image(system.files, saved.file());
    add({&image, &image.image(), result.base_digest, true});
  });
}

}  // namespace sconectl::action
