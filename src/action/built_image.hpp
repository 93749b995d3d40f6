// An image of a service that a container engine builds and pushes.
#pragma once

#include <memory>

#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/file_hashes.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// The engine, which answers; Error{unavailable} before anything is written if it does not, or if
/// it can not have the images of SCONE that the build needs.
[[nodiscard]] std::unique_ptr<image::Engine> ready_engine(System& system,
                                                          const image::BuildPlan& build,
                                                          const ServiceOptions& options);

/// Writes the context, builds and pushes, unless that would be the build before: from the same
/// files, on the same base, with a result that is still where it was put. What came out goes to
/// `result`. The target directory is locked by the caller.
void build_image(System& system, image::Engine& engine, const manifest::Service& service,
                 const image::BuildPlan& build, const ServiceOptions& options,
                 image::FileHashes& hashes, AppliedService& result);

}  // namespace sconectl::action
