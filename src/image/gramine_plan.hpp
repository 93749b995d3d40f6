// What an image for Gramine has besides the files of its service.
#pragma once

#include <string>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

/// Gramine's files in the image, as GSC names them.
struct GramineParts {
  std::string manifest;   ///< entrypoint.manifest, without hashes
  std::string arguments;  ///< trusted_argv
  std::string loader;     ///< apploader.sh
  /// CMD of the image; with arguments that are measured nobody can give others.
  std::vector<std::string> command;
  std::string program;  ///< what is started, for the command that measures
};

/// Mistakes (what only the CAS could fill in, a manifest that is no TOML, nothing to start) go to
/// `out`.
[[nodiscard]] GramineParts gramine_parts(const manifest::Service& service,
                                         const PlanOptions& options, const Facts& facts,
                                         const Source& user_manifest, diag::Diagnostics& out);

/// --gramine-image or SCONECTL_GRAMINE_IMAGE, the manifest's, else the project's own.
[[nodiscard]] std::string gramine_image(const manifest::Build& build, const PlanOptions& options);
[[nodiscard]] std::string gramine_prefix(const manifest::Build& build);

/// The reference with the prefix before the last part of its repository: "r/a/gsc-web:1".
[[nodiscard]] std::string with_name_prefix(const std::string& reference, const std::string& prefix);

}  // namespace sconectl::image
