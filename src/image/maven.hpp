// Maven projects: where a build has them, and how they are built.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

/// What says that copied files are a project.
inline constexpr std::string_view maven_project = "pom.xml";
/// Where Maven puts what it makes: what stands there on the user's machine stays out of a build.
inline constexpr std::string_view maven_target = "target";

/// Whether what a manifest copies is a project: its pom.xml is named, or the directory that has it.
[[nodiscard]] bool copies_maven_project(const manifest::Build& build, const Sources& sources);

/// A line for a shell in the directory of the project: packages it, and puts its jars and those
/// that it needs at run time into `directory`.
[[nodiscard]] std::string maven_command(std::string_view directory);

}  // namespace sconectl::image
