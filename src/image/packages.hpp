// Packages of pip and npm: what of the user's files an image needs to install them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "image/source_view.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::image {

using Context = std::map<std::string, ContextEntry>;

/// The requirements file with all that it takes in, under names of ours beside each other. Returns
/// these names, sorted; none if nothing is to be installed.
[[nodiscard]] std::vector<std::string> add_requirements(const manifest::Service& service,
                                                        SourceView& view, Context& context,
                                                        diag::Diagnostics& out);

/// What package.json names is installed, if the application has one. `kind_at` is where warnings
/// point.
void add_node_packages(const Sources& sources, const std::filesystem::path& directory,
                       const diag::Location& kind_at, Context& context, diag::Diagnostics& out);

}  // namespace sconectl::image
