// Packages of Java: jars, and what Maven leaves in them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// "app.jar", "app.war", "app.ear".
[[nodiscard]] bool is_jar(std::string_view path);

/// `META-INF/maven/GROUP/ARTIFACT/pom.properties`.
[[nodiscard]] std::optional<Package> read_pom_properties(std::string_view path,
                                                         std::string_view content,
                                                         diag::Diagnostics& findings);

/// What the name of a jar says: "commons-io-2.11.0.jar" is the version 2.11.0 of `commons-io`, of
/// an unknown group and so of no Maven package. Nothing for a name without a version.
[[nodiscard]] std::optional<Package> package_of_jar_name(std::string_view path);

/// All of a jar: the artifacts whose `pom.properties` it holds, those of the jars in it, and its
/// name if nothing tells what it is. Of a `pom.properties` that can not be read its path gives
/// group and artifact and the jar's name the version; an artifact that is not there is reported.
[[nodiscard]] std::vector<Package> read_jar(std::string_view path, std::string_view content,
                                            diag::Diagnostics& findings);

}  // namespace sconectl::supply
