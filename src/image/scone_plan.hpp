// What an image for SCONE has besides the files of its service.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

/// Mistakes go to `out`: values that only the CAS knows, two ways to protect files at once.
/// `application`: the paths that the build copies.
[[nodiscard]] SconeParts scone_parts(const manifest::Service& service, const PlanOptions& options,
                                     const Facts& facts,
                                     const std::vector<std::string>& application,
                                     diag::Diagnostics& out);

/// What is left to do with the image that such a Dockerfile builds.
[[nodiscard]] SconeBuild scone_build(const SconeParts& parts, const manifest::Build& build,
                                     std::string program);

/// Context files that the stages need.
void add_scone_context(const SconeParts& parts, BuildPlan& plan);

/// Fields that only the runtime 'scone' knows, when it is another one.
void warn_of_scone_fields(const manifest::Build& build, Runtime runtime, diag::Diagnostics& out);

}  // namespace sconectl::image
