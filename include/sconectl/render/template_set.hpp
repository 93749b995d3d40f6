// A directory of templates as text in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sconectl::render {

/// Templates by relative path ("charts/templates/service.yaml"). A set is used as a whole: the one
/// that a user names with --helm-template replaces the embedded one, nothing is mixed.
struct TemplateSet {
  std::string name;  ///< for messages: the directory as given, or "<built-in service templates>"
  std::map<std::string, std::string> files;

  [[nodiscard]] const std::string* find(const std::string& path) const;
};

/// A set from the repository's templates/ directory: "service", or "platform" (finished Helm
/// charts, "cas/Chart.yaml"), whose bytes are in the binary. A name that does not exist is a bug of
/// ours.
[[nodiscard]] const TemplateSet& embedded(std::string_view name);

}  // namespace sconectl::render
