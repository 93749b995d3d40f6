#include "cli/next_step.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace sconectl::cli {
namespace {

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view("_-./:=@%+,").find(static_cast<char>(c)) != std::string_view::npos;
}

/// A path that no program takes for an option, nor helm for the name of a chart repository.
std::string local_path(const std::filesystem::path& path) {
  const std::string text = path.string();
  return shell_word(path.is_absolute() || text.starts_with(".") ? text : "./" + text);
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string next_step(const action::AppliedMesh& mesh, action::MeshOutput output) {
  switch (output) {
    case action::MeshOutput::yaml:
    case action::MeshOutput::kyaml:
      return fmt::format("kubectl apply -f {}", local_path(mesh.extra));
    case action::MeshOutput::compose:
      return fmt::format("docker compose -p {} -f {} up", shell_word(mesh.project),
                         local_path(mesh.extra));
    case action::MeshOutput::helm_chart:
      break;
  }
  return fmt::format("helm {} {} {}", mesh.versions.size() > 1 ? "upgrade" : "install",
                     shell_word(mesh.release), local_path(mesh.chart));
}

}  // namespace sconectl::cli
