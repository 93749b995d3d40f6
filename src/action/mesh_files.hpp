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

/// The sessions of the plan as they are listed before anything is sent.
[[nodiscard]] std::vector<AppliedSession> written_sessions(const MeshPlan& plan);

/// Only the sessions; in mode EncryptedManifest also those that the chart carries.
void rewrite_sessions(System& system, const MeshPlan& plan, const std::vector<SessionForms>& forms);

/// Writes the record of the versions with the hashes of what has arrived (`sessions`).
void keep_record(System& system, const std::filesystem::path& target, RolloutRecord record,
                 const std::vector<AppliedSession>& sessions, bool complete);

}  // namespace sconectl::action
