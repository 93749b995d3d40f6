// `resolve`: names of images in YAML, each with the digest that it has now.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::action {

struct ResolveOptions {
  Substitutions substitutions;  ///< for `$NAME` in names of images
};

/// The text of a file ("-": stdin) in which every `image` of a mapping, and every `from` under
/// `build`, has "@sha256:…" behind its tag; everything else stays as it is, comments included. A
/// name that has a digest keeps it. Diagnostics with their places for names that no registry knows,
/// all of them.
[[nodiscard]] std::string resolve_images(System& system, const std::string& file,
                                         const ResolveOptions& options);

}  // namespace sconectl::action
