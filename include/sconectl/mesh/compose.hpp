// The application for `docker compose`, and the environment a native service is started with.
#pragma once

#include <functional>
#include <string>

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// Lines `NAME=value` for `docker run --env-file`: SCONE_CONFIG_ID, SCONE_CAS_ADDR, SCONE_CAS_KEY
/// and SCONE_SERVICE_ACCESS_TOKEN as far as they are known. Holds a secret.
[[nodiscard]] std::string environment_file(const Application& application,
                                           const ServiceInstance& service);

/// The access token in an environment file if it is for the CAS with this key hash, else "".
[[nodiscard]] std::string access_token_in(const std::string& environment_file,
                                          const std::string& cas_key);

/// A compose file whose services read their environment from `environment_path(service)`, relative
/// to the file. Services share the host's network, as a CAS on this machine listens on loopback
/// only.
[[nodiscard]] std::string compose(
    const Application& application,
    const std::function<std::string(const ServiceInstance&)>& environment_path);

}  // namespace sconectl::mesh
