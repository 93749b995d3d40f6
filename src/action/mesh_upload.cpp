#include "action/mesh_upload.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "action/session_files.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/compare.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::action {
namespace {

std::optional<ActiveSession> active_session(cas::Client& client, const std::string& name) {
  try {
    const cas::SessionText read = client.read_session(name);
    return ActiveSession{read.hash,
                         session::parse_stored("session read from the CAS", read.session)};
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::not_found) return std::nullopt;
    // As in cas::upload(): a reply of the CAS has causes, a swapped key has none.
    const bool may_not_read = (error.kind() == diag::ErrorKind::refused ||
                               error.kind() == diag::ErrorKind::unauthenticated) &&
                              !error.causes().empty();
    if (!may_not_read) throw;
  }
  return ActiveSession{client.session_hash(name).hash, std::nullopt};
}

/// Whether it is what an interrupted run has sent.
bool is_known(const session::Session& active, const MeshPlan& plan) {
  const auto is_same = [&](const session::Session& session) {
    return session.name == active.name &&
           session::same_meaning(active, session, {.predecessor = true, .creator = true});
  };
  return std::any_of(plan.recorded.begin(), plan.recorded.end(), is_same) ||
         std::any_of(plan.sessions.begin(), plan.sessions.end(),
                     [&](const PlannedSession& planned) { return is_same(planned.session); });
}

/// The hash of the active version, or "" if somebody else has made it.
std::string known_version(cas::Client& client, const std::string& name, const std::string& uploaded,
                          const MeshPlan& plan) {
  const auto active = active_session(client, name);
  if (!active) return "";
  const bool known =
      active->hash == uploaded || (active->session && is_known(*active->session, plan));
  return known ? active->hash : "";
}

/// What of a rollout somebody else has changed must not be lost: then nothing is sent at all.
std::map<std::string, std::string> known_versions(cas::Client& client, const MeshPlan& plan) {
  std::map<std::string, std::string> result;
  if (!plan.rollout) return result;
  std::vector<std::string> changed;
  for (const PlannedSession& planned : plan.sessions) {
    const std::string& name = planned.session.name;
    const auto uploaded = plan.rollout->uploaded.find(name);
    if (uploaded == plan.rollout->uploaded.end()) continue;
    std::string hash = known_version(client, name, uploaded->second, plan);
    if (hash.empty()) changed.push_back(fmt::format("session '{}'", name));
    result[name] = std::move(hash);
  }
  if (changed.empty()) return result;
  throw diag::Error(
      diag::ErrorKind::conflict,
      fmt::format("somebody else has changed or removed sessions since they were uploaded from "
                  "here, and nothing was sent; look at them with 'session read', and remove {} to "
                  "go on from what the CAS has",
                  (plan.options.target / session_directory / rollout_file).string()),
      changed);
}

void to_cas(System& system, cas::ConfigFile& config, const MeshPlan& plan, AppliedMesh& result) {
  cas::Client client = client_for(system, config, plan.cas);
  const std::map<std::string, std::string> known = known_versions(client, plan);
  for (std::size_t i = 0; i < plan.sessions.size(); ++i) {
    const session::Session& session = plan.sessions[i].session;
    try {
      cas::UploadForm form;
      if (const auto found = known.find(session.name); found != known.end())
        form.predecessor = found->second;
      const cas::Uploaded uploaded = cas::upload(client, session, form);
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

const ActiveSession* CasSessions::find(const std::string& name) {
  const auto [seen, is_new] = seen_.try_emplace(name);
  if (is_new) seen->second = active_session(client_, name);
  return seen->second ? &*seen->second : nullptr;
}

}  // namespace sconectl::action
