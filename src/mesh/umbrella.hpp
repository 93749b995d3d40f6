// The chart of the application, which holds one sub-chart per service.
#pragma once

#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// `version` is what Kubernetes' labels call the application's version; "" is that of the chart.
[[nodiscard]] std::string chart_yaml(const std::string& name, const std::string& description,
                                     const std::string& version);
[[nodiscard]] std::string umbrella_yaml(const Application& application, const std::string& version);

/// What `helm install` prints at the end. Helm leaves the notes of sub-charts out.
[[nodiscard]] std::string umbrella_notes(const Application& application, const Options& options);

/// A template that makes an installation fail which can not work: under another release than the
/// one that hosts are called after, or with a CAS whose address means something else in a pod. ""
/// where neither can happen.
[[nodiscard]] std::string installation_checks(const Application& application,
                                              const std::vector<session::Session>& sessions);

/// What the mesh, and the command line over it, add to the values of the sub-charts.
[[nodiscard]] std::string umbrella_values(const Application& application, const Options& options,
                                          diag::Diagnostics& out);

}  // namespace sconectl::mesh
