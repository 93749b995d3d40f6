// The sessions of an application (docs/mesh.md).
#pragma once

#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// In upload order: the namespace, its secrets (if there are any), one session per service. Images
/// made by others bring their own templates, which are rendered and read like any session. Every
/// session passed the checks of the language; faults are in `out`.
[[nodiscard]] std::vector<session::Session> sessions(const Application& application,
                                                     const Options& options,
                                                     diag::Diagnostics& out);

}  // namespace sconectl::mesh
