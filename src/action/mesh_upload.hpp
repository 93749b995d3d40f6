// The sessions of a mesh to its CAS.
#pragma once

#include <vector>

#include "action/mesh_files.hpp"

namespace sconectl::action {

/// Sends what the mode asks for, in order, and fills result and hash of each session. Mode Upload
/// sends to the CAS; SignedManifest gives the signed objects to kubectl, as the cluster's operator
/// brings them to the CAS.
void upload_sessions(System& system, cas::ConfigFile& config, const manifest::Cas& cas,
                     const MeshCas& mesh_cas, const std::vector<session::Session>& sessions,
                     const MeshOptions& options, AppliedMesh& result);

}  // namespace sconectl::action
