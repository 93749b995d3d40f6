#include "cli/next_step.hpp"

#include <fmt/core.h>

#include "sconectl/text/shell.hpp"

namespace sconectl::cli {
namespace {

/// A path that no program takes for an option, nor helm for the name of a chart repository.
std::string local_path(const std::filesystem::path& path) {
  const std::string name = path.string();
  return text::shell_word(path.is_absolute() || name.starts_with(".") ? name : "./" + name);
}

}  // namespace

std::string next_step(const action::AppliedMesh& mesh, action::MeshOutput output) {
  switch (output) {
    case action::MeshOutput::yaml:
    case action::MeshOutput::kyaml:
      return fmt::format("kubectl apply -f {}", local_path(mesh.extra));
    case action::MeshOutput::compose:
      return fmt::format("docker compose -p {} -f {} up", text::shell_word(mesh.project),
                         local_path(mesh.extra));
    case action::MeshOutput::helm_chart:
      break;
  }
  return fmt::format("helm {} {} {}", mesh.versions.size() > 1 ? "upgrade" : "install",
                     text::shell_word(mesh.release), local_path(mesh.chart));
}

}  // namespace sconectl::cli
