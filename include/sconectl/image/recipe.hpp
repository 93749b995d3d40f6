// What an image is made of, as data: the Dockerfile is written from it, and so is the image that is
// put together without an engine.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/image/build_configuration.hpp"
#include "sconectl/image/runtime.hpp"
#include "sconectl/text/variable.hpp"

namespace sconectl::image {

/// Stages before and after an image's own files: what of it is compared before it starts.
struct ListedFiles {
  bool allow_more = false;  ///< the program may put files beside its own
};

/// Of an image for SCONE. Decided by the manifest; where each of them goes is said in
/// docs/scone-runtime.md.
struct SconeParts {
  std::string image;  ///< with SCONE's tools: scone, scone-signer
  /// Paths of the binary file system: those that have to be there, and those that may be. Shell
  /// patterns of absolute paths. Both empty: none is made.
  std::vector<std::string> included;
  std::vector<std::string> included_if_there;
  std::vector<std::string> host_paths;  ///< that the binary file system passes through
  bool converts_program = false;        ///< the program is an ordinary one, not one of SCONE
  text::Environment environment;        ///< ENV of the image: what changes its measurement
};

struct Recipe {
  std::string base;
  std::map<std::string, std::string> labels;
  std::string pwd;
  /// Names of requirements files in the context; pip is given requirements.txt.
  std::vector<std::string> requirements;
  bool application = false;                  ///< context has app/
  std::string java_compiler = {};            ///< image that compiles the context's java/; "": none
  bool maven = false;                        ///< which is Maven's, and java/ is a project
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

}  // namespace sconectl::image
