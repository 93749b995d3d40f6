// `apply --print-defaults` of a mesh.
#pragma once

#include <string>

#include "sconectl/mesh/application.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

/// The mesh as written, with an `env:` section last that holds every variable of every service: its
/// value, or a comment that none exists. The items of `env` stand in column 0, so that more can be
/// appended to the file (docs/mesh.md).
[[nodiscard]] std::string with_defaults(const yaml::Value& document,
                                        const Application& application);

}  // namespace sconectl::mesh
