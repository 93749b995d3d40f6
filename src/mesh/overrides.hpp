// What becomes of values that a command line sets (sconectl/mesh/overrides.hpp).
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// The service that a key of values means: by its name, that of its sub-chart, or that of the chart
/// in its image, as older meshes write it. nullptr for any other key.
[[nodiscard]] const ServiceInstance* service_of_key(const Application& application,
                                                    const std::string& key);

/// Errors for overrides of services that are not there, of values that their charts do not have,
/// and of values of another form than the charts' schemas say.
void judge_overrides(const Application& application, const Options& options,
                     diag::Diagnostics& out);

}  // namespace sconectl::mesh
