// The files of an applied mesh under the target directory (docs/target-directory.md).
#pragma once

#include <vector>

#include "action/mesh_plan.hpp"
#include "action/session_forms.hpp"

namespace sconectl::action {

/// Writes sessions, environment files, chart and the output that was asked for; fills `result`.
/// After a failure the sessions are those of the last run, as the chart is.
void write_mesh_files(System& system, const MeshPlan& plan, const std::vector<SessionForms>& forms,
                      AppliedMesh& result);

}  // namespace sconectl::action
