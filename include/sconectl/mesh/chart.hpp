// The Helm chart of an application.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/rollout.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

struct ChartFile {
  std::string text;
  bool secret = false;  ///< holds an access token: to be written with mode 0600
};

/// Path relative to the chart's directory -> file.
using Chart = std::map<std::string, ChartFile>;

/// The umbrella chart with one sub-chart per service, named like the service. Values that the mesh
/// adds (`helm_extra_values`, `helm`) are in the umbrella's values.yaml under the sub-chart's name.
/// `sessions` are those of the application: what pods were started with (their `revision`) follows
/// from them.
[[nodiscard]] Chart chart(const Application& application,
                          const std::vector<session::Session>& sessions, const Options& options,
                          diag::Diagnostics& out);

/// What that chart's pods are told apart by, in the order of the services.
[[nodiscard]] std::vector<ReleasedService> released_services(
    const Application& application, const std::vector<session::Session>& sessions,
    const Options& options);

}  // namespace sconectl::mesh
