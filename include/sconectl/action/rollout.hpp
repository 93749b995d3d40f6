// `rollout status` and `rollout finish`: the versions of an application that the CAS accepts at the
// same time (docs/rollout.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::action {

struct RolloutOptions {
  std::filesystem::path target = "target";          ///< of the `apply` that began it
  std::optional<std::filesystem::path> cas_config;  ///< --cas-config DIR
  std::optional<std::string> config;                ///< -c/--config FILE before the command
  std::optional<std::filesystem::path> kube_config;
  std::optional<std::string> context;
  std::optional<std::string> name_space;  ///< of the pods; else that of the kubeconfig
  std::optional<std::string> release;     ///< of Helm, if it is not the one of the record
  bool force = false;                     ///< finish whatever pods run
  bool dry_run = false;
};

/// What the session of a service says about one version.
struct VersionStatus {
  std::string version;                    ///< "" for what was applied without one
  std::vector<std::string> accepted;      ///< measurements
  std::vector<std::string> not_accepted;  ///< measurements
  std::size_t pods = 0;                   ///< as far as pods are known
};

struct ServiceStatus {
  std::string name;
  std::string session;
  bool native = false;                     ///< an access token instead of measurements
  bool present = false;                    ///< the CAS has the session
  bool readable = false;                   ///< to us; without that nothing is known of measurements
  std::vector<VersionStatus> versions;     ///< from the oldest to the current one
  std::vector<std::string> of_no_version;  ///< accepted measurements that are of no version
  std::size_t pods_of_no_version = 0;
};

struct RolloutStatus {
  std::string name_space;  ///< of the sessions
  std::string release;
  std::string cas;
  std::vector<std::string> versions;  ///< from the oldest to the current one
  bool complete = false;              ///< all sessions of the last `apply` have arrived
  /// Sessions that somebody else has changed or removed since they were uploaded from here.
  std::vector<std::string> changed;
  std::vector<ServiceStatus> services;
  std::string pods_in;               ///< namespace; "" where no pods are known
  std::string pods_unknown_because;  ///< "" where they are known

  [[nodiscard]] bool running() const { return versions.size() > 1; }
  /// The CAS does not have what was uploaded from here, or does not accept one of the versions.
  [[nodiscard]] bool differs() const;
};

/// Asks the CAS and, where one is known, the cluster. Throws Error{unavailable} if nothing was
/// recorded in the target directory, or the CAS can not be reached.
[[nodiscard]] RolloutStatus rollout_status(System& system, const RolloutOptions& options);

struct FinishedRollout {
  std::string version;               ///< the one that stays
  std::vector<std::string> removed;  ///< versions that are accepted no more
  std::vector<AppliedSession> sessions;
  std::vector<std::string> left;  ///< sessions of services that only older versions had
  bool needs_upgrade = false;     ///< the chart carries the sessions: helm has to bring them
};

/// Uploads the sessions of the current version without what older ones need. Nothing is sent if the
/// last `apply` did not end, if somebody else has changed a session (Error{conflict}), or if pods
/// of other versions run or can not be seen (Error{failed}; not with `force`; where no cluster is
/// known, a warning). Finishing twice is no
/// error: nothing is removed then.
FinishedRollout finish_rollout(System& system, const RolloutOptions& options);

}  // namespace sconectl::action
