// Packages of languages: what pip and npm leave beside what they install.
#pragma once

#include <optional>
#include <string_view>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// `METADATA` of a dist-info, `PKG-INFO` of an egg-info: core metadata of Python.
[[nodiscard]] std::optional<Package> read_python_metadata(std::string_view path,
                                                          std::string_view content,
                                                          diag::Diagnostics& findings);

/// The `package.json` of an installed package.
[[nodiscard]] std::optional<Package> read_npm_manifest(std::string_view path,
                                                       std::string_view content,
                                                       diag::Diagnostics& findings);

}  // namespace sconectl::supply
