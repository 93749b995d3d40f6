// One service of a compose file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mesh/compose_networks.hpp"
#include "mesh/compose_part.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {

/// The launcher, in every native image.
inline constexpr const char* launcher = "/opt/sconectl/sconectl";

/// The container by which services reach the CAS of this machine (compose_relay.hpp), and its host.
/// A '.' is in no name of a service: these never clash.
inline constexpr const char* relay_service = "cas.relay";

/// Failures within `start_period` do not count.
[[nodiscard]] yaml::Node health_check(const std::vector<std::string>& test,
                                      const std::string& interval, const std::string& start_period);

/// What stands in the file for the service of this index.
[[nodiscard]] yaml::Node service_node(std::size_t index, const std::vector<Part>& parts,
                                      const std::vector<ComposeNetwork>& networks,
                                      const ComposeOptions& options, diag::Diagnostics& out);

}  // namespace sconectl::mesh
