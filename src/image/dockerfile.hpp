// The Dockerfile of a service image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

struct DockerfileParts {
  std::string base;
  std::map<std::string, std::string> labels;
  std::string pwd;
  /// Names of requirements files in the context; pip is given requirements.txt.
  std::vector<std::string> requirements;
  bool application = false;                  ///< context has app/
  std::vector<std::string> run;              ///< one line each
  std::map<std::string, std::size_t> links;  ///< folder of injected files -> its links/<number>
  Runtime runtime = Runtime::native;
  std::string program;  ///< first word of the command
};

[[nodiscard]] std::string dockerfile(const DockerfileParts& parts);

/// A `run` item as one line: line ends become blanks, and a '\' that continued a line goes.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace sconectl::image
