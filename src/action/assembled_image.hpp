// An image of a service without a container engine: put together, pushed, written.
#pragma once

#include <filesystem>
#include <string>

#include "action/image_sources.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/assembly.hpp"
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
};

/// Puts the image together from the context that was written, and pushes and writes it as the
/// options say.
AssembledImage assemble_image(System& system, ImageSources& sources, const image::BuildPlan& plan,
                              const std::filesystem::path& directory,
                              const ServiceOptions& options);

}  // namespace sconectl::action
