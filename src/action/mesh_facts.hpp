// What is known about the images of a mesh.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/manifest/mesh.hpp"

namespace sconectl::action {

struct MeshFacts {
  /// One entry per service of the mesh; nothing for an image that is not known.
  std::vector<std::optional<image::Facts>> images;
  /// Why the others are not known: "docker does not have it".
  std::string unknown_because;
};

/// What was planned under the same target directory, and nothing else.
[[nodiscard]] MeshFacts planned_facts(const System& system, const manifest::Mesh& mesh,
                                      const MeshOptions& options);

/// For a dry run: what was planned, and (unless options.offline) what the engine has. Pulls
/// nothing.
[[nodiscard]] MeshFacts present_facts(System& system, const manifest::Mesh& mesh,
                                      const MeshOptions& options);

/// What the engine has; with options.pull, missing images are pulled. An image that neither the
/// engine nor a registry has is Error{unavailable}.
[[nodiscard]] MeshFacts required_facts(System& system, const manifest::Mesh& mesh,
                                       const MeshOptions& options);

}  // namespace sconectl::action
