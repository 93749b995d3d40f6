// Which service of a compose file starts after which.
#pragma once

#include <cstddef>
#include <vector>

#include "mesh/chart_values.hpp"
#include "mesh/peers.hpp"

namespace sconectl::mesh {

/// The services whose hosts the chart's init containers wait for (INIT_CONTAINER1, ...), by index.
/// A host that is no service of the application is a warning: nothing waits for it then.
[[nodiscard]] std::vector<std::size_t> waited_for(const ServiceInstance& service,
                                                  const ChartValues& values, const Hosts& hosts,
                                                  diag::Diagnostics& out);

/// An error for services that wait for each other, which would never start. `waits[i]` are those
/// that service i waits for.
void check_circles(const Application& application,
                   const std::vector<std::vector<std::size_t>>& waits, diag::Diagnostics& out);

}  // namespace sconectl::mesh
