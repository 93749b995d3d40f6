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

/// Writes a file, or removes what an earlier run left where there is nothing to write.
void write_or_remove(World& world, const std::filesystem::path& path, const std::string& text) {
  if (text.empty()) {
    world.files.remove_tree(path);
  } else if (world.files.read_if_exists(path) != text) {
    // Thousands of files that the next run makes again: not worth a flush to the disk each.
    world.files.write(path, text, secret_mode, host::Durability::cached);
  }
}

void write_artefact(World& world, const std::filesystem::path& directory,
                    const Artefact& artefact) {
  const cas::FileNames names = cas::file_names(artefact.session_name);
  write_or_remove(world, directory / names.yaml, artefact.yaml);
  write_or_remove(world, directory / names.encrypted_json, artefact.encrypted_json);
  write_or_remove(world, directory / names.signed_manifest, artefact.signed_manifest);
  write_or_remove(world, directory / names.encrypted_manifest, artefact.encrypted_manifest);
  if (artefact.signed_json.empty()) return;  // the predecessor of an earlier mode stays
  write_or_remove(world, directory / names.signed_json, artefact.signed_json);
  write_or_remove(world, directory / names.predecessor, artefact.predecessor);
}

host::Tree tree_of(const mesh::Chart& chart) {
  host::Tree tree;
  for (const auto& [path, file] : chart)
    tree[path] = {file.text, file.secret ? secret_mode : plain_mode};
  return tree;
}

/// `-o yaml`: what helm makes of the chart; helm itself knows its templates best.
std::filesystem::path write_manifests(World& world, const MeshOptions& options,
                                      const AppliedMesh& result) {
  if (!world.processes.find_program("helm")) {
    throw diag::Error(diag::ErrorKind::unavailable,
                      "'-o yaml' needs the program 'helm', which is not on PATH; install helm, or "
                      "use the chart in " +
                          result.chart.string());
  }
  host::Command command;
  command.argv = {"helm", "template", result.release.empty() ? "release" : result.release,
                  result.chart.string()};
  const host::Exit exit = world.processes.run(command);
  if (!exit.ok())
    throw diag::Error(diag::ErrorKind::failed, "helm can not render the chart", {exit.err});
  const auto directory = options.target / "manifests";
  world.files.replace_tree(directory, {{"application.yaml", {exit.out, secret_mode}}});
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

void write_mesh_files(World& world, const MeshOptions& options,
                      const mesh::Application& application, const Artefacts& artefacts,
                      const mesh::Chart& chart, AppliedMesh& result) {
  const auto directory = options.target / "session_files";
  world.files.make_directories(directory, secret_directory_mode);
  for (const Artefact& artefact : artefacts) {
    write_artefact(world, directory, artefact);
    result.sessions.push_back({artefact.session_name, "written", "",
                               directory / cas::file_names(artefact.session_name).yaml});
  }
  for (const mesh::ServiceInstance& service : application.services) {
    write_or_remove(world, environment_path(options.target, service.session),
                    mesh::environment_file(application, service));
  }
  result.chart = options.target / "helm";
  world.files.replace_tree(result.chart, tree_of(chart));
  if (options.output == MeshOutput::yaml) {
    result.extra = write_manifests(world, options, result);
  } else if (options.output == MeshOutput::compose) {
    result.extra = options.target / "compose.yaml";
    world.files.write(
        result.extra, mesh::compose(application, [&](const mesh::ServiceInstance& service) {
          return "session_files/" + environment_path("", service.session).filename().string();
        }));
  }
}

std::filesystem::path environment_path(const std::filesystem::path& target,
                                       const std::string& session) {
  return target / "session_files" / (cas::file_name(session) + ".env");
}

}  // namespace sconectl::action
