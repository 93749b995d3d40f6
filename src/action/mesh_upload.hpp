// The sessions of a mesh to its CAS.
#pragma once

#include "action/mesh_plan.hpp"
#include "sconectl/cas/config.hpp"

namespace sconectl::action {

/// Sends what the plan delivers, in order, and fills result and hash of each session: to the CAS,
/// or, as signed objects, through kubectl to the cluster, whose operator brings them to the CAS.
void upload_sessions(System& system, cas::ConfigFile& config, const MeshPlan& plan,
                     AppliedMesh& result);

}  // namespace sconectl::action
