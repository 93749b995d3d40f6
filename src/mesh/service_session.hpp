// The session of one service whose image is ours.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// Kinds of the application's secrets by name.
using SecretKinds = std::map<std::string, std::optional<session::SecretKind>, std::less<>>;

[[nodiscard]] session::Session service_session(const ServiceInstance& service,
                                               const Application& application,
                                               const SecretKinds& kinds);

}  // namespace sconectl::mesh
