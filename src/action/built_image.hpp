// An image of a service that a container engine builds and pushes.
#pragma once

#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// Writes the context, builds and pushes, unless that would be the build before: from the same
/// files, on the same base, with a result that is still where it was put. What came out goes to
/// `result`.
void build_image(System& system, const manifest::Service& service, const image::BuildPlan& build,
                 const ServiceOptions& options, AppliedService& result);

}  // namespace sconectl::action
