// The sessions of a mesh to its CAS.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "action/mesh_plan.hpp"
#include "action/rollout_plan.hpp"
#include "sconectl/cas/config.hpp"

namespace sconectl::action {

/// Sends what the plan delivers, in order, and fills result and hash of each session: to the CAS,
/// or, as signed objects, through kubectl to the cluster, whose operator brings them to the CAS.
void upload_sessions(System& system, cas::ConfigFile& config, const MeshPlan& plan,
                     AppliedMesh& result);

/// Sessions of a CAS, each asked for once.
class CasSessions {
 public:
  explicit CasSessions(cas::Client client) : client_(std::move(client)) {}

  /// A null pointer if there is none.
  [[nodiscard]] const ActiveSession* find(const std::string& name);

 private:
  cas::Client client_;
  std::map<std::string, std::optional<ActiveSession>> seen_;
};

}  // namespace sconectl::action
