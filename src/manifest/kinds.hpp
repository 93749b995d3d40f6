// One reader per kind of manifest, and the checks across sections; private to this room.
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/manifest/parse.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::manifest {

Service parse_service(const yaml::Value& document, diag::Diagnostics& out);
Mesh parse_mesh(const yaml::Value& document, diag::Diagnostics& out);

/// Every `$$SCONE::name$$`, `private_key` and `issuer` must name a secret that the service defines
/// or imports.
void check_references(const Service& service, diag::Diagnostics& out);

/// One warning for each field of the document that has no effect yet.
void warn_of_fields_without_effect(const yaml::Value& document, ManifestKind kind,
                                   diag::Diagnostics& out);

}  // namespace sconectl::manifest
