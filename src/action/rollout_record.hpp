// What a target directory remembers of a rollout: session_files/rollout.json (docs/rollout.md).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "action/mesh_cas.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/manifest/mesh.hpp"
#include "sconectl/mesh/rollout.hpp"

namespace sconectl::action {

inline constexpr const char* rollout_file = "rollout.json";

struct RolloutRecord {
  MeshCas cas;
  std::string name_space;  ///< of the sessions
  std::string release;     ///< of Helm
  manifest::UploadMode mode = manifest::UploadMode::upload;
  /// False from before the first session is sent until the last one has arrived.
  bool complete = false;
  /// Hash of the version that we have uploaded, by session; none in modes that send nothing to the
  /// CAS.
  std::map<std::string, std::string> uploaded;
  mesh::Rollout versions;
};

/// Deterministic. Holds what sessions hold: to be written with mode 0600.
[[nodiscard]] std::string text_of(const RolloutRecord& record);

/// Throws Error{invalid} for a text that no run has written.
[[nodiscard]] RolloutRecord parse_rollout_record(const std::string& text);

/// That of the files in session_files/; nothing if there is none.
[[nodiscard]] std::optional<RolloutRecord> kept_record(const host::Tree& session_files);

}  // namespace sconectl::action
