#include "action/mesh_upload.hpp"

#include <fmt/core.h>

#include "sconectl/cas/seal.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

void to_cas(System& system, cas::ConfigFile& config, const MeshCas& mesh_cas,
            const std::vector<session::Session>& sessions, AppliedMesh& result) {
  cas::Client client = client_for(system, config, mesh_cas);
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    try {
      const cas::Uploaded uploaded = cas::upload(client, sessions[i]);
      result.sessions[i].result = text::word(uploaded.result);
      result.sessions[i].hash = uploaded.hash;
    } catch (const diag::Error& error) {
      throw error.within(fmt::format("while uploading session '{}'", sessions[i].name));
    }
  }
}

void to_cluster(System& system, const MeshOptions& options, AppliedMesh& result) {
  for (AppliedSession& session : result.sessions) {
    const auto file =
        options.target / "session_files" / cas::file_names(session.name).signed_manifest;
    host::Command command;
    command.argv = {"kubectl", "apply", "-f", file.string()};
    const host::Exit exit = system.processes.run(command);
    if (!exit.ok()) {
      throw diag::Error(diag::ErrorKind::failed,
                        fmt::format("kubectl does not take {}", file.string()), {exit.err});
    }
    session.result = "applied";
  }
}

}  // namespace

void upload_sessions(System& system, cas::ConfigFile& config, const manifest::Cas& cas,
                     const MeshCas& mesh_cas, const std::vector<session::Session>& sessions,
                     const MeshOptions& options, AppliedMesh& result) {
  if (options.dry_run) return;
  if (cas.mode == manifest::UploadMode::upload) {
    to_cas(system, config, mesh_cas, sessions, result);
  } else if (cas.mode == manifest::UploadMode::signed_manifest) {
    to_cluster(system, options, result);
  }
}

}  // namespace sconectl::action
