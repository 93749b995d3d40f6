// A service between its manifest and its image.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "action/build_files.hpp"
#include "action/image_documents.hpp"
#include "action/image_sources.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// What is missing or wrong has been told, and nothing is written.
struct PreparedService {
  manifest::Service service;
  ReadManifest manifest;
  std::optional<crypto::PrivateKey> key;  ///< for signatures of images
  std::unique_ptr<BuildFiles> files;      ///< what the configuration of the build names
  std::unique_ptr<ImageSources> sources;  ///< without an engine
  std::unique_ptr<image::Engine> engine;  ///< not in a dry run
  image::BuildPlan plan;
  std::optional<std::string> planned;  ///< what a plan of before says of it (image::plan_text)
};

/// `system` must outlive the result. Throws Error.
[[nodiscard]] PreparedService prepare_service(System& system, const Document& document,
                                              const ServiceOptions& options);

/// Makes the key that signs enclaves in the target directory, if it is needed and not there. Not
/// for several services at once.
void keep_signing_key_for(System& system, const PreparedService& prepared,
                          const ServiceOptions& options);

/// Writes the context and compares it with the plan of before: Error{conflict} with each
/// difference. Of several services none is built before all are compared.
void check_planned(System& system, const PreparedService& prepared, const ServiceOptions& options);

/// Writes the context, makes the image and what is said about it. The target directory is locked by
/// the caller, and nobody else works on a service of this name.
[[nodiscard]] AppliedService finish_service(System& system, const PreparedService& prepared,
                                            const ServiceOptions& options);

}  // namespace sconectl::action
