// The secrets that services define, and which service uses which.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// The secrets of all services, merged by name, each exported to the services that define, use or
/// import it.
[[nodiscard]] std::vector<SharedSecret> shared_secrets(const Application& application,
                                                       const Options& options,
                                                       diag::Diagnostics& out);

/// The names of the secrets that command, environment and files of a service refer to, and what it
/// imports. `is_defined` tells names with a dot suffix apart.
[[nodiscard]] std::set<std::string> used_secrets(
    const ServiceInstance& service, const std::function<bool(std::string_view)>& is_defined);

}  // namespace sconectl::mesh
