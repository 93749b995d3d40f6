// What is written about an image that was built: bills of materials and the statement of its build.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "action/image_sources.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::action {

/// A JSON document about an image.
struct ImageDocument {
  std::string file;  ///< its name beside the build context: "sbom.spdx.json"
  std::string_view predicate_type;
  std::string bytes;
  std::string statement;  ///< what is signed of it: a statement of in-toto about the image
};

/// The manifest of a service as it was read: the file may be another one when the image is built.
struct ReadManifest {
  std::string file;
  std::string sha256;
};

/// What only the run of the build knows.
struct BuildFacts {
  ReadManifest manifest;
  std::string base_digest;  ///< "sha256:…" of the image below, or ""
  std::string tool_version;
  /// The digest of the image is its id: no registry has it. Bills of materials then name no digest.
  bool only_id = false;
};

/// From the layers of the image (in the store, else from `source`), the context that it was built
/// from, and the plan. The same image and
/// context give the same bytes: the time is that of the image.
[[nodiscard]] std::vector<ImageDocument> image_documents(System& system, ImageSources& sources,
                                                         oci::ImageSource& source,
                                                         const oci::ResolvedImage& image,
                                                         const image::BuildPlan& plan,
                                                         const std::filesystem::path& directory,
                                                         const BuildFacts& build);

}  // namespace sconectl::action
