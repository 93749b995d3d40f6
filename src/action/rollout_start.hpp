// The first version with a name comes after one without.
#pragma once

#include "action/mesh_plan.hpp"

namespace sconectl::action {

/// With --release-version and nothing on record: what the CAS has (in modes that sign, what was
/// signed last) becomes the version before the one that is applied, if it says something else. True
/// if that changed the inputs. A dry run does not ask the CAS.
[[nodiscard]] bool learn_version(System& system, cas::ConfigFile& config, MeshInputs& inputs,
                                 const MeshPlan& plan);

}  // namespace sconectl::action
