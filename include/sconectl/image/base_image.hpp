// How the image that a service is built on would be started by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/text/variable.hpp"

namespace sconectl::image {

/// ENTRYPOINT, CMD, ENV, WORKDIR, EXPOSE and USER.
struct BaseImage {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  text::Environment environment;          ///< in its order
  std::string directory;                  ///< "": none was set
  std::vector<std::uint16_t> ports = {};  ///< TCP, ascending
  std::string user = {};                  ///< "": root
  friend bool operator==(const BaseImage&, const BaseImage&) = default;

  /// What is executed: the entry point with the command as its arguments.
  [[nodiscard]] std::vector<std::string> words() const;
};

/// The configuration of an image as engines print it (OCI image specification: `Entrypoint`, `Cmd`,
/// `Env`, `WorkingDir`, `ExposedPorts`, `User`). Nothing if it is no such JSON.
[[nodiscard]] std::optional<BaseImage> parse_base_image(std::string_view json);

}  // namespace sconectl::image
