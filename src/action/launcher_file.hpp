// The program that images get of us.
#pragma once

#include <filesystem>

#include "sconectl/action/system.hpp"
#include "sconectl/manifest/runtime.hpp"

namespace sconectl::action {

/// What an image for this runtime gets as its `sconectl`: a native one the launcher, one for
/// Gramine the whole program, which measures it. The launcher stands beside the program, or in
/// ../libexec/sconectl. Throws Error{unavailable} if it is in neither.
[[nodiscard]] std::filesystem::path program_for_images(const System& system,
                                                       manifest::Runtime runtime);

}  // namespace sconectl::action
