// What a build of a service is planned from: options, environment, templates and the base image.
#pragma once

#include "action/image_sources.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// `sources`: where images are read from if no container engine is asked, else a null pointer.
/// Warnings are told; errors are thrown, all of them.
[[nodiscard]] image::BuildPlan plan_service(System& system, const manifest::Service& service,
                                            const ServiceOptions& options, ImageSources* sources,
                                            image::BuildConfiguration configuration);

}  // namespace sconectl::action
