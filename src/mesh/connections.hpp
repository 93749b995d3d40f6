// Which service of an application connects to which.
#pragma once

#include <string>
#include <vector>

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// Indices into `application.services`.
struct Connection {
  std::size_t from = 0;
  std::size_t to = 0;
  friend bool operator==(const Connection&, const Connection&) = default;
};

/// A service connects to those whose host names (`<release>-<service>`, names.hpp) stand in its
/// command, its environment or its files. Where that can not be known, because the release is not
/// or the image was made by others, it may connect to all. Ordered.
[[nodiscard]] std::vector<Connection> connections(const Application& application);

}  // namespace sconectl::mesh
