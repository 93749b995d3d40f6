// What `-f` names: files, directories and stdin, as documents.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::action {

/// Where `$NAME` gets its value from (CL-037): `-e` wins over the environment.
struct Substitutions {
  std::map<std::string, std::string> given;  ///< -e NAME=VALUE
  bool use_environment = false;              ///< --use-env
};

enum class DocumentKind { service, mesh, session, unknown };

struct Document {
  std::string file;  ///< as given; "<stdin>" for `-`
  yaml::Value value;
  DocumentKind kind = DocumentKind::unknown;
  std::string sha256 = {};  ///< of all that the file held when it was read, as hex
};

/// Every document of every input, in order; of a directory the files *.yaml and *.yml, sorted, one
/// level deep. Throws Error with all faults of all files.
[[nodiscard]] std::vector<Document> load_documents(System& system,
                                                   const std::vector<std::string>& inputs);

/// The document with its `$NAME`s replaced; for manifests in keys too. Faults go to `out`.
[[nodiscard]] yaml::Value substituted(System& system, const Document& document,
                                      const Substitutions& substitutions, diag::Diagnostics& out);

}  // namespace sconectl::action
