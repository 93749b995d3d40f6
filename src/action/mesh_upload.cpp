#include "action/mesh_upload.hpp"

#include <fmt/core.h>

#include "action/session_files.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::action {
namespace {

void to_cas(System& system, cas::ConfigFile& config, const MeshPlan& plan, AppliedMesh& result) {
  cas::Client client = client_for(system, config, plan.cas);
  for (std::size_t i = 0; i < plan.sessions.size(); ++i) {
    const session::Session& session = plan.sessions[i].session;
    try {
      const cas::Uploaded uploaded = cas::upload(client, session);
      result.sessions[i].result = text::word(uploaded.result);
      result.sessions[i].hash = uploaded.hash;
      for (const std::string& replaced : uploaded.replaced_keys)
        system.warn(
            {diag::Severity::warning, {}, fmt::format("session '{}': {}", session.name, replaced)});
    } catch (const diag::Error& error) {
      throw error.within(fmt::format("while uploading session '{}'", session.name));
    }
  }
}

void to_cluster(System& system, const MeshPlan& plan, AppliedMesh& result) {
  const auto directory = plan.options.target / session_directory;
  for (AppliedSession& session : result.sessions) {
    const auto file = directory / cas::file_names(session.name).signed_manifest;
    host::Command command;
    command.argv = {"kubectl", "apply", "-f", file.string()};
    const host::Exit exit = system.processes.run(command);
    if (!exit.ok()) {
      throw diag::Error(diag::ErrorKind::failed,
                        fmt::format("kubectl does not take {}", file.string()),
                        {text::without_escapes(exit.err)});
    }
    session.result = "applied";
  }
}

}  // namespace

void upload_sessions(System& system, cas::ConfigFile& config, const MeshPlan& plan,
                     AppliedMesh& result) {
  switch (plan.delivery) {
    case Delivery::none:
      break;
    case Delivery::cas:
      to_cas(system, config, plan, result);
      break;
    case Delivery::cluster:
      to_cluster(system, plan, result);
      break;
  }
}

}  // namespace sconectl::action
