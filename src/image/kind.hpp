// What `build.kind` says: a language and its version.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

struct Kind {
  enum class Family { python, java, node, sconify_image };
  Family family = Family::python;
  std::optional<int> version;  ///< of java and node, if it is named
};

/// "java17", "java 8", "java17-bullseye", "node20" and the like: what stands behind the version,
/// or without one behind the language, names a build of it that makes no difference here. Nothing
/// for other words.
[[nodiscard]] std::optional<Kind> kind_of(std::string_view text);

/// Some of them, for messages.
[[nodiscard]] std::span<const std::string_view> usual_kinds();

/// The image that an ordinary one of this kind is built on, and the one with its compiler.
[[nodiscard]] std::string usual_base(const Kind& kind, const PlanOptions& options);
[[nodiscard]] std::string java_compiler(const Kind& kind, const PlanOptions& options);
/// The image that builds Maven projects.
[[nodiscard]] std::string maven_image(const Kind& kind, const PlanOptions& options);

}  // namespace sconectl::image
