// Environment files as compose reads them.
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// An error for each value of environment_file() that `docker compose` would read differently from
/// `docker run --env-file`: quotes, blanks, '#', '$' and '\'. Values are not shown.
void check_environment(const Application& application, const ServiceInstance& service,
                       diag::Diagnostics& out);

}  // namespace sconectl::mesh
