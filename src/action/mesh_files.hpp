// The files of an applied mesh under the target directory (docs/target-directory.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "action/mesh_cas.hpp"
#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/chart.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::action {

/// One session in the forms in which it is kept. Empty: the mode has no use for it, or the CAS's
/// encryption key is not known.
struct Artefact {
  std::string session_name;
  std::string yaml;
  std::string signed_json;
  std::string predecessor;  ///< hash of the signed session: the next version's predecessor
  std::string encrypted_json;
  std::string signed_manifest;
  std::string encrypted_manifest;
};
using Artefacts = std::vector<Artefact>;

/// A session whose signed form of the last run still says the same keeps it, and with it the
/// predecessor; a changed one names the last one as its predecessor.
[[nodiscard]] Artefacts make_artefacts(System& system, const MeshOptions& options,
                                       cas::ConfigFile& config, const manifest::Cas& cas,
                                       const MeshCas& mesh_cas,
                                       const std::vector<session::Session>& sessions);

/// Mode EncryptedManifest: the encrypted sessions become templates of the chart, created before the
/// services (docs/mesh.md).
void add_hooks(mesh::Chart& chart, const manifest::Cas& cas, const Artefacts& artefacts);

/// Writes sessions, environment files, chart and the output that was asked for; fills `result`.
void write_mesh_files(System& system, const MeshOptions& options,
                      const mesh::Application& application, const Artefacts& artefacts,
                      const mesh::Chart& chart, AppliedMesh& result);

/// target/session_files/<F>.env of a service's session.
[[nodiscard]] std::filesystem::path environment_path(const std::filesystem::path& target,
                                                     const std::string& session);

}  // namespace sconectl::action
