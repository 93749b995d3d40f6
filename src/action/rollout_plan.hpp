// What a rollout means, decided without doing anything (docs/rollout.md).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "action/mesh_inputs.hpp"
#include "action/rollout_record.hpp"
#include "sconectl/action/rollout.hpp"
#include "sconectl/kubernetes/pods.hpp"

namespace sconectl::action {

/// Throws Error{usage} for a --release-version that can not be one, or with options that shut out
/// the pods before it.
void check_release_version(const MeshOptions& options);

/// The record of the last run, if it is about the sessions of this mesh on its CAS.
[[nodiscard]] const RolloutRecord* record_of(const MeshInputs& inputs);

/// --release-version, else the version that the last run applied; "" without both.
[[nodiscard]] std::string release_version(const MeshInputs& inputs);

/// What is recorded when `current`, which gets that version, is applied.
[[nodiscard]] RolloutRecord next_record(const MeshInputs& inputs, const std::string& release,
                                        mesh::Release current);

/// What a CAS has under a name.
struct ActiveSession {
  std::string hash;
  std::optional<session::Session> session;  ///< nothing if we may not read it
};
/// A null pointer if there is none.
using ActiveSessions = std::function<const ActiveSession*(const std::string& name)>;

/// The pods of a release, or why they are not known.
struct PodsSeen {
  bool has_cluster = false;
  std::string release;
  std::string name_space;
  std::vector<kubernetes::Pod> pods;
  std::string unknown_because;
};

[[nodiscard]] RolloutStatus status_of(const RolloutRecord& record, const ActiveSessions& active,
                                      const PodsSeen& seen);

/// Why the rollout must not be finished now, with what can be done; "" if it may.
[[nodiscard]] std::string reason_to_wait(const RolloutRecord& record, const PodsSeen& seen);

/// Sessions of older versions that the current one does not have.
[[nodiscard]] std::vector<std::string> left_sessions(const mesh::Rollout& versions);

}  // namespace sconectl::action
