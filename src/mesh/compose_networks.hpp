// The networks of a compose file: who can reach whom.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mesh/peers.hpp"

namespace sconectl::mesh {

struct ComposeNetwork {
  std::string name;
  std::vector<std::size_t> services;  ///< indices into `application.services`
  bool internal = true;               ///< no way to the outside of this machine
};

/// Two services share a network exactly where one of them may connect to the other; each pair has
/// its own. A service has one of its own, too, where it needs a way to the outside
/// (`outside[i]`), or where it would have none. Where nobody knows who talks to whom, all share
/// one. Names of networks are never those of services: they hold a '.' or '_', or the service is
/// alone in it.
[[nodiscard]] std::vector<ComposeNetwork> compose_networks(const Application& application,
                                                           const std::vector<Peers>& peers,
                                                           const std::vector<bool>& outside);

}  // namespace sconectl::mesh
