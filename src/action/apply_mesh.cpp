#include "sconectl/action/apply_mesh.hpp"

#include "action/manifests.hpp"
#include "action/mesh_files.hpp"
#include "action/mesh_inputs.hpp"
#include "action/mesh_plan.hpp"
#include "action/mesh_upload.hpp"
#include "action/rollout_plan.hpp"
#include "action/rollout_start.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/defaults.hpp"

namespace sconectl::action {
namespace {

manifest::Mesh parsed_mesh(System& system, const Document& document, const MeshOptions& options) {
  return std::get<manifest::Mesh>(parsed_manifest(system, document, options.substitutions));
}

/// What has arrived is on record also if the rest has not.
void upload_recorded(System& system, cas::ConfigFile& config, const MeshPlan& plan,
                     AppliedMesh& result) {
  const auto keep = [&](bool complete) {
    keep_record(system, plan.options.target, *plan.rollout, result.sessions, complete);
  };
  try {
    upload_sessions(system, config, plan, result);
  } catch (...) {
    keep(false);
    throw;
  }
  keep(true);
}

/// Everything is written before anything is sent.
AppliedMesh execute(System& system, cas::ConfigFile& config, const MeshPlan& plan) {
  for (const diag::Diagnostic& warning : plan.warnings) system.warn(warning);
  AppliedMesh result;
  result.release = plan.release;
  result.cas = plan.cas.address;
  result.left_out = plan.left_out;
  write_mesh_files(system, plan, make_forms(plan, config), result);
  if (!plan.rollout) {
    upload_sessions(system, config, plan, result);
    return result;
  }
  for (const mesh::Release& release : plan.rollout->versions)
    result.versions.push_back(release.version);
  if (!plan.options.dry_run) upload_recorded(system, config, plan, result);
  return result;
}

}  // namespace

AppliedMesh apply_mesh(System& system, const Document& document, const MeshOptions& options) {
  check_release_version(options);
  cas::ConfigFile config = config_file(system, options);
  manifest::Mesh mesh = parsed_mesh(system, document, options);
  (void)session_cas(mesh);  // asked before images are looked for
  const auto lock = lock_target(system, options.target);
  MeshFacts facts = options.dry_run ? present_facts(system, mesh, options)
                                    : required_facts(system, mesh, options);
  MeshInputs inputs = mesh_inputs(system, config, std::move(mesh), std::move(facts), options);
  // What is wrong with the mesh is said before a CAS is started or asked.
  const bool has_identity = !inputs.creator_key_hash.empty();
  MeshPlan plan = has_identity ? plan_mesh(inputs) : plan_mesh(with_some_identity(inputs));
  if (complete(system, config, inputs)) plan = plan_mesh(inputs);
  if (learn_version(system, config, inputs, plan)) plan = plan_mesh(inputs);
  return execute(system, config, plan);
}

std::string mesh_defaults(System& system, const Document& document, const MeshOptions& options) {
  const cas::ConfigFile config = config_file(system, options);
  manifest::Mesh mesh = parsed_mesh(system, document, options);
  MeshFacts facts = planned_facts(system, mesh, options);
  const MeshInputs inputs = mesh_inputs(system, config, std::move(mesh), std::move(facts), options);
  diag::Diagnostics unknown;
  std::vector<std::string> left_out;
  warn_of_unknown_images(inputs, unknown, left_out);
  for (const diag::Diagnostic& warning : unknown.warnings()) system.warn(warning);
  diag::Diagnostics ignored;  // missing values are what the reader wants to see
  const mesh::Application application =
      mesh::resolve(inputs.mesh, inputs.facts.images, join_options(inputs), ignored);
  diag::Diagnostics out;
  return mesh::with_defaults(substituted(system, document, options.substitutions, out),
                             application);
}

}  // namespace sconectl::action
