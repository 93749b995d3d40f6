#include "action/mesh_files.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "action/session_files.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/yaml/kyaml.hpp"

namespace sconectl::action {
namespace {

constexpr unsigned plain_mode = 0644;

/// Sets a file, or removes what an earlier run left where there is nothing to write.
void set_or_remove(host::Tree& tree, const std::string& name, const std::string& text) {
  if (text.empty()) {
    tree.erase(name);
  } else {
    tree[name] = {text, secret_file_mode};
  }
}

void set_forms(host::Tree& tree, const SessionForms& forms) {
  const cas::FileNames names = cas::file_names(forms.session_name);
  set_or_remove(tree, names.yaml, forms.yaml);
  set_or_remove(tree, names.encrypted_json, forms.encrypted_json);
  set_or_remove(tree, names.signed_manifest, forms.signed_manifest);
  set_or_remove(tree, names.encrypted_manifest, forms.encrypted_manifest);
  if (forms.signed_json.empty()) return;  // the predecessor of an earlier mode stays
  set_or_remove(tree, names.signed_json, forms.signed_json);
  set_or_remove(tree, names.predecessor, forms.predecessor);
}

/// The chart; in mode EncryptedManifest the encrypted sessions are templates of it, created before
/// the services (docs/mesh.md).
host::Tree chart_files(const MeshPlan& plan, const std::vector<SessionForms>& forms) {
  host::Tree tree;
  for (const auto& [path, file] : plan.chart)
    tree[path] = {file.text, file.secret ? secret_file_mode : plain_mode};
  if (plan.mode != manifest::UploadMode::encrypted_manifest) return tree;
  for (const SessionForms& one : forms) {
    if (one.encrypted_manifest.empty()) continue;
    const std::string name = cas::file_names(one.session_name).encrypted_manifest;
    tree["templates/" + name] = {one.encrypted_manifest, plain_mode};
  }
  return tree;
}

/// `-o yaml` and `-o kyaml`: what helm makes of the chart; helm itself knows its templates best.
std::filesystem::path write_manifests(System& system, host::Files& files, const MeshPlan& plan,
                                      const std::filesystem::path& chart) {
  if (!system.processes.find_program("helm")) {
    throw diag::Error(diag::ErrorKind::unavailable,
                      "manifests need the program 'helm', which is not on PATH; install helm, or "
                      "use the chart in " +
                          chart.string());
  }
  host::Command command;
  command.argv = {"helm", "template", plan.release, chart.string()};
  const host::Exit exit = system.processes.run(command);
  if (!exit.ok())
    throw diag::Error(diag::ErrorKind::failed, "helm can not render the chart", {exit.err});
  auto directory = plan.options.target / "manifests";
  const bool as_it_is = plan.options.output == MeshOutput::yaml;
  const std::string text = as_it_is ? exit.out : yaml::kyaml_of("helm template", exit.out);
  files.replace_tree(directory, {{"application.yaml", {text, secret_file_mode}}});
  return directory;
}

/// Chart and what --output asks for.
void write_outputs(System& system, host::Files& files, const MeshPlan& plan,
                   const std::vector<SessionForms>& forms, AppliedMesh& result) {
  result.chart = plan.options.target / "helm";
  files.replace_tree(result.chart, chart_files(plan, forms));
  if (plan.options.output == MeshOutput::yaml || plan.options.output == MeshOutput::kyaml) {
    result.extra = write_manifests(system, files, plan, result.chart);
  } else if (plan.options.output == MeshOutput::compose) {
    result.extra = plan.options.target / "compose.yaml";
    files.write(result.extra, plan.compose, secret_file_mode);  // extraEnv may hold anything
    // For docker-compose, which takes a name for the project in the compose file only from version
    // 2 on; without one, every "target" would be one project.
    files.write(plan.options.target / ".env",
                fmt::format("COMPOSE_PROJECT_NAME={}\n", plan.compose_project));
    result.project = plan.compose_project;
  }
}

void restore(host::Files& files, const std::filesystem::path& directory,
             const host::Tree& previous) {
  if (previous.empty()) {
    files.remove_tree(directory);
  } else {
    files.replace_tree(directory, previous, secret_directory_mode);
  }
}

}  // namespace

std::vector<AppliedSession> written_sessions(const MeshPlan& plan) {
  std::vector<AppliedSession> result;
  for (const PlannedSession& planned : plan.sessions)
    result.push_back(
        {planned.session.name, "written", "",
         plan.options.target / session_directory / cas::file_names(planned.session.name).yaml});
  return result;
}

void write_mesh_files(System& system, const MeshPlan& plan, const std::vector<SessionForms>& forms,
                      AppliedMesh& result) {
  const auto files = host::files_beneath(system.files, plan.options.target);
  const auto directory = plan.options.target / session_directory;
  result.sessions = written_sessions(plan);
  host::Tree next = plan.previous;
  for (const SessionForms& one : forms) set_forms(next, one);
  for (const auto& [name, text] : plan.environment_files) set_or_remove(next, name, text);
  if (plan.rollout && !plan.options.dry_run)
    next[rollout_file] = {text_of(*plan.rollout), secret_file_mode};
  files->replace_tree(directory, next, secret_directory_mode);
  try {
    write_outputs(system, *files, plan, forms, result);
  } catch (...) {  // sessions and chart belong together: both of this run, or both of the last one
    restore(*files, directory, plan.previous);
    throw;
  }
}

void rewrite_sessions(System& system, const MeshPlan& plan,
                      const std::vector<SessionForms>& forms) {
  const auto files = host::files_beneath(system.files, plan.options.target);
  host::Tree next = plan.previous;
  for (const SessionForms& one : forms) set_forms(next, one);
  files->replace_tree(plan.options.target / session_directory, next, secret_directory_mode);
  if (plan.mode != manifest::UploadMode::encrypted_manifest) return;
  for (const SessionForms& one : forms) {
    const auto path = plan.options.target / "helm" / "templates" /
                      cas::file_names(one.session_name).encrypted_manifest;
    if (!one.encrypted_manifest.empty() && files->exists(path))
      files->write(path, one.encrypted_manifest, plain_mode, host::Durability::cached);
  }
}

void keep_record(System& system, const std::filesystem::path& target, RolloutRecord record,
                 const std::vector<AppliedSession>& sessions, bool complete) {
  record.complete = complete;
  for (const AppliedSession& session : sessions)
    if (!session.hash.empty()) record.uploaded[session.name] = session.hash;
  std::erase_if(record.uploaded, [&](const auto& uploaded) {
    return std::none_of(record.versions.begin(), record.versions.end(),
                        [&](const mesh::Release& release) {
                          return release.find_session(uploaded.first) != nullptr;
                        });
  });
  host::files_beneath(system.files, target)
      ->write(target / session_directory / rollout_file, text_of(record), secret_file_mode);
}

}  // namespace sconectl::action
