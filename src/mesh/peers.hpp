// Which service of an application talks to which.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// The services of an application by their host names (`<release>-<service>`, names.hpp); none if
/// the release is not known.
class Hosts {
 public:
  explicit Hosts(const Application& application);

  /// Indices of the services whose host names stand in a text, in the order in which they do.
  [[nodiscard]] std::vector<std::size_t> named_in(std::string_view text) const;

 private:
  std::unordered_map<std::string, std::size_t> services_;
};

/// Indices into `application.services`, ascending.
struct Peers {
  std::vector<std::size_t> from;  ///< who connects to it; empty: not known to be anybody
  std::vector<std::size_t> to;    ///< to whom it connects
  bool to_any = false;            ///< nobody knows to whom
};

/// One for each service. A service connects to those whose host names stand in its command, its
/// environment or its files. Where that can not be known, because the release is not or the image
/// was made by others, it may connect to all. A variable that fills certificates may name a client
/// that is let in, and no server: alone it does not tell that somebody connects to that one.
[[nodiscard]] std::vector<Peers> peers(const Application& application);

}  // namespace sconectl::mesh
