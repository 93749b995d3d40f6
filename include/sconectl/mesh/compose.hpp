// The application for `docker compose`, and the environment a native service is started with.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/chart.hpp"

namespace sconectl::mesh {

/// Lines `NAME=value` for `docker run --env-file`: SCONE_CONFIG_ID, SCONE_CAS_ADDR, SCONE_CAS_KEY
/// and SCONE_SERVICE_ACCESS_TOKEN as far as they are known. Holds a secret.
[[nodiscard]] std::string environment_file(const Application& application,
                                           const ServiceInstance& service);

/// The access token in an environment file if it is for the CAS with this key hash, else "".
[[nodiscard]] std::string access_token_in(const std::string& environment_file,
                                          const std::string& cas_key);

struct ComposeOptions {
  /// Where a service's environment_file() is, relative to the compose file.
  std::function<std::string(const ServiceInstance&)> environment_path;
  /// The socket of the CAS on this machine, in a directory that containers may see; empty: the
  /// services reach the CAS at its address.
  std::filesystem::path cas_socket;
};

/// The name of the project for `docker compose -p`.
[[nodiscard]] std::string compose_project(const Application& application);

/// A compose file of the same services as the chart, with its values (docs/compose.md). What it
/// can not carry over is a warning each in `out`, what would not run an error: a CAS on the
/// loopback of this machine without a socket, two services at one port of this machine, services
/// that wait for each other, an environment file that compose would read differently.
[[nodiscard]] std::string compose(const Application& application, const Chart& chart,
                                  const ComposeOptions& options, diag::Diagnostics& out);

}  // namespace sconectl::mesh
