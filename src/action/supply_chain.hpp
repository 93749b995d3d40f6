// What is said about an image after it was built: documents beside its context, and signatures of
// it and of them in its registry.
#pragma once

#include <string>

#include "action/image_documents.hpp"
#include "action/image_sources.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::action {

/// An image whose layers can be read.
struct ReadableImage {
  oci::ImageSource* source = nullptr;
  const oci::ResolvedImage* image = nullptr;
  std::string base_digest;  ///< of the image below, or ""
  bool only_id = false;     ///< as BuildFacts::only_id
};

/// Whether the build before has left all that is wanted, and nobody wants it signed now.
[[nodiscard]] bool has_documents(System& system, const ServiceOptions& options,
                                 const AppliedService& result);

/// Writes sbom.spdx.json, sbom.cdx.json and provenance.json (unless --no-sbom), and signs the image
/// with them (`key`, of --sign-key; it was read before anything was built). An image that can not
/// be read is a warning, and with --sign-key an error. The target directory is locked by the
/// caller: the context that is hashed for the provenance is the one that was built.
void add_supply_chain(System& system, ImageSources& sources, const ReadableImage& image,
                      const image::BuildPlan& plan, const ReadManifest& manifest,
                      const ServiceOptions& options, const crypto::PrivateKey* key,
                      const AppliedService& result);

/// The same for an image that an engine has built: it is read from its registry, or from the engine
/// if it was not pushed (or the registry does not tell us its digest).
void add_supply_chain_of_built(System& system, image::Engine& engine, const image::BuildPlan& plan,
                               const ReadManifest& manifest, const ServiceOptions& options,
                               const crypto::PrivateKey* key, const AppliedService& result);

}  // namespace sconectl::action
