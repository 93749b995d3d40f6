// Where a CAS listens, and for whom.
#pragma once

#include <string>
#include <vector>

#include "sconectl/casd/server.hpp"

namespace sconectl::casd {

/// The hosts of the listen addresses, for the certificate; "all addresses" are none.
void add_listen_names(const ServerOptions& options, std::vector<std::string>& names);

/// Who listens for others than this machine. A text that is no address is refused later, where it
/// is listened on.
[[nodiscard]] bool beyond_loopback(const ServerOptions& options);
[[nodiscard]] bool metrics_beyond_loopback(const ServerOptions& options);

/// CC-054. An owner of the root session was named by who started the CAS.
[[nodiscard]] bool demands_owner(const ServerOptions& options);

}  // namespace sconectl::casd
