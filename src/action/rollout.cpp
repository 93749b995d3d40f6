#include "sconectl/action/rollout.hpp"

#include <fmt/core.h>

#include "action/manifests.hpp"
#include "action/mesh_files.hpp"
#include "action/mesh_upload.hpp"
#include "action/rollout_plan.hpp"
#include "action/session_files.hpp"
#include "action/status_text.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/kubernetes/cluster.hpp"

namespace sconectl::action {
namespace {

/// Options of `apply` that have the same meaning here.
MeshOptions mesh_options(const RolloutOptions& options) {
  MeshOptions result;
  result.target = options.target;
  result.dry_run = options.dry_run;
  result.cas_config = options.cas_config;
  result.config = options.config;
  return result;
}

host::Tree kept_files(System& system, const RolloutOptions& options) {
  const auto files = host::files_beneath(system.files, options.target);
  return session_files(*files, options.target / session_directory);
}

RolloutRecord recorded(const host::Tree& kept, const RolloutOptions& options) {
  auto record = kept_record(kept);
  if (!record)
    throw diag::Error(
        diag::ErrorKind::unavailable,
        fmt::format("no version is on record in '{}': apply the mesh with --release-version, or "
                    "name the target directory with -t",
                    options.target.string()));
  return *std::move(record);
}

/// Where no cluster is known that is no fault, unless the user has named one.
std::optional<kubernetes::Cluster> cluster_of(System& system, const RolloutOptions& options,
                                              PodsSeen& seen) {
  try {
    auto cluster = kubernetes::find_cluster(system.files, system.environment,
                                            {options.kube_config, options.context});
    seen.has_cluster = true;
    return cluster;
  } catch (const diag::Error& error) {
    if (options.kube_config || options.context) throw;
    seen.has_cluster = error.kind() != diag::ErrorKind::unavailable;
    seen.unknown_because = one_line(error);
    return std::nullopt;
  }
}

PodsSeen pods_seen(System& system, const RolloutOptions& options, const RolloutRecord& record) {
  PodsSeen seen;
  seen.release = options.release.value_or(record.release);
  auto cluster = cluster_of(system, options, seen);
  if (!cluster) return seen;
  seen.name_space = options.name_space.value_or(cluster->name_space);
  kubernetes::ApiServer server(system.http, system.files, *std::move(cluster));
  try {
    seen.pods = kubernetes::pods_of_release(server, seen.name_space, seen.release);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    seen.unknown_because = one_line(error);
  }
  return seen;
}

/// The sessions of the current version alone.
MeshPlan finishing_plan(const RolloutRecord& record, host::Tree kept,
                        const RolloutOptions& options) {
  MeshPlan plan;
  plan.options = mesh_options(options);
  plan.cas = record.cas;
  plan.release = record.release;
  plan.mode = record.mode;
  plan.delivery = delivery_of(record.mode, options.dry_run);
  plan.previous = std::move(kept);
  plan.rollout = record;
  plan.rollout->versions = {record.versions.back()};
  diag::Diagnostics told_before;
  plan.recorded = mesh::accepted_sessions(record.versions, told_before);
  add_sessions(plan, record.versions.back().sessions);
  return plan;
}

/// The record names the older versions until all sessions have arrived.
std::vector<AppliedSession> finish(System& system, cas::ConfigFile& config, const MeshPlan& plan,
                                   const RolloutRecord& record) {
  AppliedMesh result;
  result.sessions = written_sessions(plan);
  rewrite_sessions(system, plan, make_forms(plan, config));
  const auto& target = plan.options.target;
  try {
    upload_sessions(system, config, plan, result);
  } catch (...) {
    keep_record(system, target, record, result.sessions, true);
    throw;
  }
  keep_record(system, target, *plan.rollout, result.sessions, true);
  return result.sessions;
}

void check_pods(System& system, const RolloutRecord& record, const RolloutOptions& options) {
  if (options.force) return;
  const PodsSeen seen = pods_seen(system, options, record);
  if (const std::string reason = reason_to_wait(record, seen); !reason.empty())
    throw diag::Error(diag::ErrorKind::failed, reason);
  if (!seen.has_cluster)
    system.warn({diag::Severity::warning,
                 {},
                 "whether pods of older versions run was not looked at: " + seen.unknown_because});
}

}  // namespace

RolloutStatus rollout_status(System& system, const RolloutOptions& options) {
  cas::ConfigFile config = config_file(system, mesh_options(options));
  const RolloutRecord record = recorded(kept_files(system, options), options);
  CasSessions sessions(client_for(system, config, record.cas));
  const auto active = [&](const std::string& name) { return sessions.find(name); };
  return status_of(record, active, pods_seen(system, options, record));
}

FinishedRollout finish_rollout(System& system, const RolloutOptions& options) {
  cas::ConfigFile config = config_file(system, mesh_options(options));
  (void)recorded(kept_files(system, options), options);  // before the lock makes a directory
  const auto lock = lock_target(system, options.target);
  host::Tree kept = kept_files(system, options);
  const RolloutRecord record = recorded(kept, options);
  FinishedRollout result;
  result.version = record.versions.back().version;
  if (!record.complete)
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("not all sessions of version {} have arrived: apply it again",
                                  mesh::version_text(record.versions.back())));
  if (record.versions.size() == 1) return result;
  check_pods(system, record, options);
  for (std::size_t i = 0; i + 1 < record.versions.size(); ++i)
    result.removed.push_back(record.versions[i].version);
  result.left = left_sessions(record.versions);
  result.needs_upgrade = record.mode == manifest::UploadMode::encrypted_manifest;
  const MeshPlan plan = finishing_plan(record, std::move(kept), options);
  result.sessions = options.dry_run ? written_sessions(plan) : finish(system, config, plan, record);
  return result;
}

}  // namespace sconectl::action
