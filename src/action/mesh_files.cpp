#include "action/mesh_files.hpp"

#include <fmt/core.h>

#include "sconectl/cas/seal.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/compose.hpp"

namespace sconectl::action {
namespace {

constexpr unsigned secret_mode = 0600;
constexpr unsigned plain_mode = 0644;
constexpr unsigned secret_directory_mode = 0700;

/// The files of session_files/ as they are; names of other things are left out.
host::Tree session_files(const System& system, const std::filesystem::path& directory) {
  host::Tree result;
  if (!system.files.is_directory(directory)) return result;
  for (const std::string& name : system.files.list(directory))
    if (!system.files.is_directory(directory / name))
      result[name] = {system.files.read(directory / name), secret_mode};
  return result;
}

/// Sets a file, or removes what an earlier run left where there is nothing to write.
void set_or_remove(host::Tree& tree, const std::string& name, const std::string& text) {
  if (text.empty()) {
    tree.erase(name);
  } else {
    tree[name] = {text, secret_mode};
  }
}

void set_artefact(host::Tree& tree, const Artefact& artefact) {
  const cas::FileNames names = cas::file_names(artefact.session_name);
  set_or_remove(tree, names.yaml, artefact.yaml);
  set_or_remove(tree, names.encrypted_json, artefact.encrypted_json);
  set_or_remove(tree, names.signed_manifest, artefact.signed_manifest);
  set_or_remove(tree, names.encrypted_manifest, artefact.encrypted_manifest);
  if (artefact.signed_json.empty()) return;  // the predecessor of an earlier mode stays
  set_or_remove(tree, names.signed_json, artefact.signed_json);
  set_or_remove(tree, names.predecessor, artefact.predecessor);
}

host::Tree tree_of(const mesh::Chart& chart) {
  host::Tree tree;
  for (const auto& [path, file] : chart)
    tree[path] = {file.text, file.secret ? secret_mode : plain_mode};
  return tree;
}

/// `-o yaml`: what helm makes of the chart; helm itself knows its templates best.
std::filesystem::path write_manifests(System& system, const MeshOptions& options,
                                      const AppliedMesh& result) {
  if (!system.processes.find_program("helm")) {
    throw diag::Error(diag::ErrorKind::unavailable,
                      "'-o yaml' needs the program 'helm', which is not on PATH; install helm, or "
                      "use the chart in " +
                          result.chart.string());
  }
  host::Command command;
  command.argv = {"helm", "template", result.release, result.chart.string()};
  const host::Exit exit = system.processes.run(command);
  if (!exit.ok())
    throw diag::Error(diag::ErrorKind::failed, "helm can not render the chart", {exit.err});
  auto directory = options.target / "manifests";
  system.files.replace_tree(directory, {{"application.yaml", {exit.out, secret_mode}}});
  return directory;
}

}  // namespace

void add_hooks(mesh::Chart& chart, const manifest::Cas& cas, const Artefacts& artefacts) {
  if (cas.mode != manifest::UploadMode::encrypted_manifest) return;
  for (const Artefact& artefact : artefacts) {
    if (artefact.encrypted_manifest.empty()) continue;
    const std::string name = cas::file_names(artefact.session_name).encrypted_manifest;
    chart["templates/" + name] = {artefact.encrypted_manifest, false};
  }
}

namespace {

/// Chart and what --output asks for.
void write_outputs(System& system, const MeshOptions& options, const mesh::Application& application,
                   const mesh::Chart& chart, AppliedMesh& result) {
  system.files.replace_tree(result.chart, tree_of(chart));
  if (options.output == MeshOutput::yaml) {
    result.extra = write_manifests(system, options, result);
  } else if (options.output == MeshOutput::compose) {
    result.extra = options.target / "compose.yaml";
    system.files.write(
        result.extra, mesh::compose(application, [&](const mesh::ServiceInstance& service) {
          return "session_files/" + environment_path("", service.session).filename().string();
        }));
  }
}

void restore(System& system, const std::filesystem::path& directory, const host::Tree& previous) {
  if (previous.empty()) {
    system.files.remove_tree(directory);
  } else {
    system.files.replace_tree(directory, previous, secret_directory_mode);
  }
}

}  // namespace

void write_mesh_files(System& system, const MeshOptions& options,
                      const mesh::Application& application, const Artefacts& artefacts,
                      const mesh::Chart& chart, AppliedMesh& result) {
  const auto directory = options.target / "session_files";
  const host::Tree previous = session_files(system, directory);
  host::Tree next = previous;
  for (const Artefact& artefact : artefacts) {
    set_artefact(next, artefact);
    result.sessions.push_back({artefact.session_name, "written", "",
                               directory / cas::file_names(artefact.session_name).yaml});
  }
  for (const mesh::ServiceInstance& service : application.services) {
    set_or_remove(next, environment_path(options.target, service.session).filename().string(),
                  mesh::environment_file(application, service));
  }
  result.chart = options.target / "helm";
  system.files.replace_tree(directory, next, secret_directory_mode);
  try {
    write_outputs(system, options, application, chart, result);
  } catch (...) {  // sessions and chart belong together: both of this run, or both of the last one
    restore(system, directory, previous);
    throw;
  }
}

std::filesystem::path environment_path(const std::filesystem::path& target,
                                       const std::string& session) {
  return target / "session_files" / (cas::file_name(session) + ".env");
}

}  // namespace sconectl::action
