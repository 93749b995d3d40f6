// The port of a service.
#pragma once

#include "mesh/variables.hpp"

namespace sconectl::mesh {

/// Sets the chart's variables APP_SERVICE_PORT and `listening_port`. What the image declares wins
/// over what the mesh says to all services: its own APP_SERVICE_PORT (`local`), the section of the
/// service, the mesh's value if the program reads it (`global`), EXPOSE, and last the mesh's value.
/// The first three are promises to listen there. A port that is no number from 1 to 65535 is an
/// error.
void set_port(ServiceInstance& service, const Sections& sections, diag::Diagnostics& out);

}  // namespace sconectl::mesh
