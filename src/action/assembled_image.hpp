// An image of a service without a container engine: put together, pushed, written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "action/build_record.hpp"
#include "action/image_sources.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/assembly.hpp"
#include "sconectl/image/file_hashes.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::action {

/// What --image-output says; Error{usage} for what is neither.
struct ImageOutput {
  enum class Form { layout, archive };
  Form form = Form::layout;
  std::filesystem::path path;
};
/// "oci:DIRECTORY" or "oci-archive:FILE".
[[nodiscard]] ImageOutput parse_image_output(const std::string& text);

struct AssembledImage {
  std::string id;  ///< digest of the configuration
  oci::ResolvedImage image;
  const FoundImage* base = nullptr;  ///< nothing of FROM scratch
  std::string file_list;             ///< image::Facts::file_list
};

/// Puts the image together from the context that was written, and pushes and writes it as the
/// options say.
AssembledImage assemble_image(System& system, ImageSources& sources, const image::BuildPlan& plan,
                              const std::filesystem::path& directory,
                              const ServiceOptions& options);

/// Adds the hash of its list of files to the context, from which a dry run of a mesh reads what is
/// known about an image.
void keep_file_list(System& system, const std::filesystem::path& directory,
                    const std::string& hash);

/// What putting it together would be given: the files that were written, the base as it is now,
/// the time of all files, and the version of this program.
[[nodiscard]] BuildRecord wanted_assembly(System& system, ImageSources& sources,
                                          const image::BuildPlan& plan,
                                          const std::filesystem::path& directory,
                                          const ServiceOptions& options, image::FileHashes& hashes);

/// What the run before has left, if this one would make the same and it is still where it was put:
/// in the registry under its tag, or whole in its layout. An archive is always written.
[[nodiscard]] std::optional<BuildRecord> assembled_before(System& system, ImageSources& sources,
                                                          const BuildRecord& wanted,
                                                          const std::filesystem::path& directory,
                                                          const ServiceOptions& options);

}  // namespace sconectl::action
