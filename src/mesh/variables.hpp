// Which value a `{{NAME}}` and an environment variable of a service has.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// Values by variable name; of several definitions in a section the last one wins.
using SectionValues = std::map<std::string, std::string, std::less<>>;
/// The sections of a mesh's `env` by service name ("global" and "helm" are two of them).
using Sections = std::map<std::string, SectionValues, std::less<>>;

[[nodiscard]] Sections sections(const manifest::Mesh& mesh);

/// Fills `service.variables`: the image's defaults, then `global`, `helm` and the service's own
/// section of the mesh, then what the mesh itself knows (docs/mesh.md).
void set_variables(ServiceInstance& service, const Sections& sections,
                   const Application& application, const Options& options, diag::Diagnostics& out);

/// Fills command, environment and files of a service whose image is ours, with every `{{NAME}}`
/// replaced. A global variable without a value anywhere is an error, and so is another value in the
/// mesh for a variable that the service declares as its own.
void set_configuration(ServiceInstance& service, const manifest::Mesh& mesh,
                       diag::Diagnostics& out);

/// Names and values of an image's (or user's) env.yaml: a list of `name`/`value`.
[[nodiscard]] std::vector<image::MeshVariable> parse_env_list(const std::string& name,
                                                              const std::string& text,
                                                              diag::Diagnostics& out);

}  // namespace sconectl::mesh
