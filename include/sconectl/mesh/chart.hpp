// The Helm chart of an application.
#pragma once

#include <map>
#include <string>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

struct ChartFile {
  std::string text;
  bool secret = false;  ///< holds an access token: to be written with mode 0600
};

/// Path relative to the chart's directory -> file.
using Chart = std::map<std::string, ChartFile>;

/// The umbrella chart with one sub-chart per service, named like the service. Values that the mesh
/// adds (`helm_extra_values`, `helm`) are in the umbrella's values.yaml under the sub-chart's name.
[[nodiscard]] Chart chart(const Application& application, const Options& options,
                          diag::Diagnostics& out);

}  // namespace sconectl::mesh
