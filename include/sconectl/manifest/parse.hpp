// A parsed document to a typed manifest.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/manifest/mesh.hpp"
#include "sconectl/manifest/service.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::manifest {

using Manifest = std::variant<Service, Mesh>;

/// Reads a document whose `$NAME`s were already replaced (yaml::substitute with keys = true). All
/// mistakes go to `out`: unknown keys, wrong types, wrong words, references to secrets and services
/// that are not there. What is accepted but has no effect is a warning that names the field. With
/// an error in `out` the result is not meant to be used. A wrong or missing `kind` gives an empty
/// Service and an error.
[[nodiscard]] Manifest parse(const yaml::Value& document, diag::Diagnostics& out);

enum class ManifestKind { service, mesh };

/// What the `kind` of a document means: "genservice" (also "genImage", "genAppImage", "genimage")
/// or "mesh"; nothing for another word. `apply` chooses its options before it reads the rest.
[[nodiscard]] std::optional<ManifestKind> manifest_kind(std::string_view kind);

}  // namespace sconectl::manifest
