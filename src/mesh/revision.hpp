// What pods of a service were started with, in a few digits.
#pragma once

#include <string>
#include <vector>

#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// 16 hex digits that change exactly when the service's session, or a shared secret that it
/// imports, says something else. Keyed by the service's token (`Options::tokens`): who sees the
/// digits can not try values of secrets. Without a token "".
[[nodiscard]] std::string revision(const ServiceInstance& service, const Application& application,
                                   const std::vector<session::Session>& sessions,
                                   const Options& options);

}  // namespace sconectl::mesh
