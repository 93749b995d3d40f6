// What to type after an apply.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/action/apply_mesh.hpp"

namespace sconectl::cli {

/// A word as a POSIX shell has to read it to get exactly this text: as it is if nothing in it is
/// special, else in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);

/// The command that brings an applied mesh to life, to be pasted as it is.
[[nodiscard]] std::string next_step(const action::AppliedMesh& mesh, action::MeshOutput output);

}  // namespace sconectl::cli
