// What an image is made of, as data: the Dockerfile is written from it, and so is the image that is
// put together without an engine.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "sconectl/image/build_configuration.hpp"
#include "sconectl/image/runtime.hpp"

namespace sconectl::image {

struct Recipe {
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
  std::string program;  ///< first word of the command
  /// For Gramine: where its files come from, and who runs the program ("": root).
  std::string gramine_image = {};
  std::string gramine_prefix = "/usr";
  std::string user = {};
  std::vector<std::string> command = {};
};

}  // namespace sconectl::image
