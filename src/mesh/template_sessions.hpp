// Session templates that an image made by others carries (docs/mesh.md).
#pragma once

#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// A template file with every variable replaced; a variable without a value is an error.
[[nodiscard]] std::string rendered(const std::string& name, const std::string& text,
                                   const render::Variables& variables, diag::Diagnostics& out);

/// The sessions of such an image: its image policy (which measurements are good) if the folder has
/// a fragment for the mode, then the service's session. Where attestation is demanded, one that
/// says `mode: none` is an error.
[[nodiscard]] std::vector<session::Session> template_sessions(const ServiceInstance& service,
                                                              const Application& application,
                                                              const Options& options,
                                                              diag::Diagnostics& out);

}  // namespace sconectl::mesh
