#include "sconectl/host/docker_configuration.hpp"

namespace sconectl::host {

std::filesystem::path docker_configuration(const Environment& environment) {
  const std::string directory = environment.get_or("DOCKER_CONFIG", "");
  return directory.empty() ? environment.home_directory() / ".docker"
                           : std::filesystem::path(directory);
}

}  // namespace sconectl::host
