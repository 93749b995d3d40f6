#include "action/mesh_facts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "action/manifests.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"

namespace sconectl::action {
namespace {

using FactsByReference = std::map<std::string, image::Facts>;

/// Facts of everything that was planned under target/images.
FactsByReference planned_facts(System& system, const std::filesystem::path& target) {
  FactsByReference result;
  const auto images = target / "images";
  if (!system.files.is_directory(images)) return result;
  for (const std::string& name : system.files.list(images)) {
    const auto folder = images / name / "context" / "scone";
    if (!system.files.is_directory(folder)) continue;
    image::Facts facts = image::facts_from(text_tree(system.files, folder), name);
    facts.image = facts.built_as;
    result.insert_or_assign(facts.built_as, std::move(facts));
  }
  return result;
}

std::vector<std::string> references(const manifest::Mesh& mesh) {
  std::vector<std::string> result;
  for (const manifest::MeshService& service : mesh.services) result.push_back(service.image.text);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

void pull(System& system, image::Engine& engine, const std::string& reference) {
  system.tell(fmt::format("pulling {} ...", reference));
  try {
    engine.pull(reference, [&](std::string_view line) { system.tell_more(line); });
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("image '{}' does not exist here and can not be pulled; build it "
                                  "with 'sconectl apply -f' of its service manifest",
                                  reference),
                      {error.text()});
  }
}

FactsByReference engine_facts(System& system, const manifest::Mesh& mesh,
                              const MeshOptions& options) {
  image::Engine engine(system.processes, system.files, engine_name(system, options.engine),
                       cache_directory(system));
  engine.ask_daemon(system.environment, system.http);
  const std::vector<std::string> wanted = references(mesh);
  auto present = engine.find(wanted);
  std::vector<std::string> missing;
  for (const std::string& reference : wanted)
    if (present.count(reference) == 0) missing.push_back(reference);
  if (options.pull)
    for (const std::string& reference : missing) pull(system, engine, reference);
  if (!missing.empty()) present.merge(engine.inspect(missing));
  FactsByReference result;
  for (const auto& [reference, identity] : present)
    result[reference] = engine.facts(reference, identity);
  return result;
}

}  // namespace

std::vector<std::optional<image::Facts>> mesh_facts(System& system, const manifest::Mesh& mesh,
                                                    const MeshOptions& options) {
  const FactsByReference known =
      options.dry_run ? planned_facts(system, options.target) : engine_facts(system, mesh, options);
  std::vector<std::optional<image::Facts>> result;
  for (const manifest::MeshService& service : mesh.services) {
    const auto found = known.find(service.image.text);
    if (found != known.end()) {
      result.emplace_back(found->second);
      continue;
    }
    result.emplace_back(std::nullopt);
    system.warn(
        {diag::Severity::warning, service.image.at,
         fmt::format("image '{}' is not known here and a dry run asks no engine: service '{}' "
                     "is left out of sessions and chart",
                     service.image.text, service.name ? service.name->text : "")});
  }
  return result;
}

}  // namespace sconectl::action
