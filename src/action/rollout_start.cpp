#include "action/rollout_start.hpp"

#include <fmt/core.h>

#include "action/mesh_upload.hpp"
#include "action/rollout_plan.hpp"
#include "sconectl/session/compare.hpp"

namespace sconectl::action {
namespace {

/// The sessions of the plan as they are before it, and the hashes of those on the CAS.
RolloutRecord record_before(System& system, cas::ConfigFile& config, const MeshInputs& inputs,
                            const MeshPlan& plan) {
  RolloutRecord record;
  record.cas = inputs.cas;
  record.name_space = mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
  record.versions.emplace_back();
  std::optional<CasSessions> active;
  if (plan.mode == manifest::UploadMode::upload)
    active.emplace(client_for(system, config, inputs.cas));
  for (const PlannedSession& planned : plan.sessions) {
    const std::string& name = planned.session.name;
    std::optional<session::Session> before;
    if (active) {
      const ActiveSession* found = active->find(name);
      if (found == nullptr) continue;
      record.uploaded[name] = found->hash;
      before = found->session;
      if (!before)
        system.warn(
            {diag::Severity::warning,
             {},
             fmt::format("session '{}' can not be read: what it accepts now is not accepted "
                         "any more",
                         name)});
    } else {
      before = signed_before(plan.previous, name);
    }
    if (before) record.versions.front().sessions.push_back(*std::move(before));
  }
  return record;
}

bool says_something_else(const RolloutRecord& record, const MeshPlan& plan) {
  for (const PlannedSession& planned : plan.sessions) {
    const session::Session* before = record.versions.front().find_session(planned.session.name);
    if (before != nullptr &&
        !session::same_meaning(*before, planned.session, {.predecessor = true, .creator = true}))
      return true;
  }
  return false;
}

}  // namespace

bool learn_version(System& system, cas::ConfigFile& config, MeshInputs& inputs,
                   const MeshPlan& plan) {
  if (inputs.options.release_version.empty() || record_of(inputs) != nullptr) return false;
  if (inputs.options.dry_run && plan.mode == manifest::UploadMode::upload) return false;
  RolloutRecord record = record_before(system, config, inputs, plan);
  if (!says_something_else(record, plan)) return false;
  inputs.rollout = std::move(record);
  return true;
}

}  // namespace sconectl::action
