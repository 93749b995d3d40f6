// Where Docker's programs keep what their user has configured.
#pragma once

#include <filesystem>

#include "sconectl/host/environment.hpp"

namespace sconectl::host {

/// $DOCKER_CONFIG, else ~/.docker: config.json and cli-plugins/ are in it. Error{unavailable} if
/// there is no home directory.
[[nodiscard]] std::filesystem::path docker_configuration(const Environment& environment);

}  // namespace sconectl::host
