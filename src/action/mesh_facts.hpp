// What is known about the images of a mesh.
#pragma once

#include <optional>
#include <vector>

#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/manifest/mesh.hpp"

namespace sconectl::action {

/// One entry per service of the mesh. A dry run asks no engine: it knows only what was planned or
/// built under the same target directory; everything else is a warning and left out. Otherwise an
/// image that neither the engine nor (with pull) a registry has is Error{unavailable}.
[[nodiscard]] std::vector<std::optional<image::Facts>> mesh_facts(System& system,
                                                                  const manifest::Mesh& mesh,
                                                                  const MeshOptions& options);

}  // namespace sconectl::action
