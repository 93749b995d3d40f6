// What to type after an apply.
#pragma once

#include <string>

#include "sconectl/action/apply_mesh.hpp"

namespace sconectl::cli {

/// The command that brings an applied mesh to life, to be pasted as it is.
[[nodiscard]] std::string next_step(const action::AppliedMesh& mesh, action::MeshOutput output);

}  // namespace sconectl::cli
