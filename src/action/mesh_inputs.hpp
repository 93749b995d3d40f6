// All that a plan for a mesh is made from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "action/mesh_cas.hpp"
#include "action/mesh_facts.hpp"
#include "action/rollout_record.hpp"
#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/manifest/mesh.hpp"

namespace sconectl::action {

struct MeshInputs {
  manifest::Mesh mesh;
  MeshOptions options;
  MeshFacts facts;
  MeshCas cas;
  std::vector<std::string> attestation_demands;  ///< attestation_demands()
  /// Who we are; "" and no tokens as long as no identity was made.
  std::string creator_key_hash;
  std::string session_signing_key;            ///< SPKI PEM
  std::map<std::string, std::string> tokens;  ///< service access token by session name
  /// Keys of file system protection files that were made here, by tag (images for SCONE).
  std::map<std::string, std::string> fspf_keys;
  /// What the mesh names: text by path of a file, and texts by path of a chart.
  std::map<std::string, std::string> files;
  std::map<std::string, std::map<std::string, std::string>> charts;
  /// Values of the chart from --values and --set, in the order in which they count.
  std::vector<yaml::Value> overrides;
  /// What the last run left in session_files/, by file name.
  host::Tree kept;
  /// The record in it; or, without one, what the CAS has before the first named version.
  std::optional<RolloutRecord> rollout;
};

/// The CAS of the mesh that keeps its sessions.
[[nodiscard]] const manifest::Cas& session_cas(const manifest::Mesh& mesh);

/// Looks up everything for a plan; of images what `facts` holds. Writes nothing, starts nothing and
/// contacts nobody. Files that the mesh names and that are not there are Error{unavailable}, all of
/// them.
[[nodiscard]] MeshInputs mesh_inputs(const System& system, const cas::ConfigFile& config,
                                     manifest::Mesh mesh, MeshFacts facts,
                                     const MeshOptions& options);

/// The same with an identity that is kept nowhere: enough to find the mistakes of a mesh before
/// anything is made for it.
[[nodiscard]] MeshInputs with_some_identity(MeshInputs inputs);

/// Makes what is not there yet: our identity, and, unless this is a dry run, the trust in the CAS
/// (an embedded one is started). True if that changed the inputs.
[[nodiscard]] bool complete(System& system, cas::ConfigFile& config, MeshInputs& inputs);

}  // namespace sconectl::action
