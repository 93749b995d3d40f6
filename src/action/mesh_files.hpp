// The files of an applied mesh under the target directory (docs/target-directory.md).
#pragma once

#include <vector>

#include "action/mesh_plan.hpp"
#include "action/session_forms.hpp"

namespace sconectl::action {

/// Mode EncryptedManifest: the encrypted sessions become templates of the chart, created before the
/// services (docs/mesh.md).
[[nodiscard]] mesh::Chart with_hooks(const MeshPlan& plan, const std::vector<SessionForms>& forms);

/// Writes sessions, environment files, chart and the output that was asked for; fills `result`.
/// After a failure the sessions are those of the last run, as the chart is.
void write_mesh_files(System& system, const MeshPlan& plan, const std::vector<SessionForms>& forms,
                      AppliedMesh& result);

}  // namespace sconectl::action
