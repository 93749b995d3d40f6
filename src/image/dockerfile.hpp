// The Dockerfile of a service image.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/scone_plan.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::image {

/// Stages before and after an image's own files: what of it is compared before it starts.
struct ListedFiles {
  bool allow_more = false;  ///< the program may put files beside its own
};

struct DockerfileParts {
  std::string base;
  std::map<std::string, std::string> labels;
  std::string pwd;
  /// Names of requirements files in the context; pip is given requirements.txt.
  std::vector<std::string> requirements;
  bool application = false;                  ///< context has app/
  std::string java_compiler = {};            ///< image that compiles the context's java/; "": none
  bool node_packages = false;                ///< context has node/package.json
  bool node_lock = false;                    ///< and the file that locks what it names
  std::vector<std::string> run;              ///< one line each
  std::map<std::string, std::size_t> links;  ///< folder of injected files -> its links/<number>
  BuildConfiguration configuration = {};
  Runtime runtime = Runtime::native;
  std::string program;                           ///< first word of the command
  std::optional<ListedFiles> listed_files = {};  ///< of a native image
  SconeParts scone = {};                         ///< of one for SCONE
  /// For Gramine: where its files come from, and who runs the program ("": root).
  std::string gramine_image = {};
  std::string gramine_prefix = "/usr";
  std::string user = {};
  std::vector<std::string> command = {};
};

/// The second Dockerfile of an image for Gramine: `base` with its signature.
[[nodiscard]] std::string signing_dockerfile(const std::string& base,
                                             const std::map<std::string, std::string>& labels);

/// ENTRYPOINT of a native image and of one for Gramine.
[[nodiscard]] std::vector<std::string> native_entrypoint(const std::string& program);
[[nodiscard]] std::vector<std::string> gramine_entrypoint();

[[nodiscard]] std::string dockerfile(const DockerfileParts& parts);

/// A `run` item as one line: line ends become blanks, and a '\' that continued a line goes.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace sconectl::image
