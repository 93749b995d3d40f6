// How services of a compose file reach the CAS of this machine.
#pragma once

#include <vector>

#include "mesh/compose_networks.hpp"
#include "mesh/compose_part.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {

/// An error where containers could not reach the CAS.
void check_cas(const Application& application, const std::vector<Part>& parts,
               const ComposeOptions& options, diag::Diagnostics& out);

/// A part whose image holds the launcher, or nullptr.
[[nodiscard]] const Part* with_launcher(const std::vector<Part>& parts);

/// A container that services reach, and that reaches the CAS by a socket of the file system: the
/// loopback of this machine is not that of a container.
[[nodiscard]] yaml::Node relay_node(const std::string& image, const std::vector<Part>& parts,
                                    const std::vector<ComposeNetwork>& networks,
                                    const ComposeOptions& options);

}  // namespace sconectl::mesh
