#include "action/mesh_facts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "action/image_sources.hpp"
#include "action/manifests.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"

namespace sconectl::action {
namespace {

using FactsByReference = std::map<std::string, image::Facts>;

/// Facts of everything that was planned under target/images.
FactsByReference facts_under(const System& system, const std::filesystem::path& target) {
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

image::Engine engine_for(System& system, const MeshOptions& options) {
  image::Engine engine(system.processes, system.files, engine_name(system, options.engine),
                       cache_directory(system));
  engine.ask_daemon(system.environment, system.http);
  return engine;
}

MeshFacts by_service(const manifest::Mesh& mesh, const FactsByReference& known,
                     std::string unknown_because) {
  MeshFacts result;
  for (const manifest::MeshService& service : mesh.services) {
    const auto found = known.find(service.image.text);
    result.images.push_back(found == known.end() ? std::nullopt : std::optional(found->second));
  }
  result.unknown_because = std::move(unknown_because);
  return result;
}

/// Adds what registries have of `missing`; says why the rest is not known.
std::string add_from_registries(System& system, const std::vector<std::string>& missing,
                                FactsByReference& known) {
  ImageSources sources(system);
  std::string because;
  for (const std::string& reference : missing) {
    try {
      known[reference] = sources.facts(reference);
    } catch (const diag::Error& error) {
      if (error.kind() != diag::ErrorKind::unavailable) throw;
      because = error.text();
    }
  }
  return because;
}

/// Adds what the engine has of `missing`; says why the rest is not known.
std::string add_from_engine(System& system, const MeshOptions& options,
                            const std::vector<std::string>& missing, FactsByReference& known) {
  try {
    image::Engine engine = engine_for(system, options);
    for (const auto& [reference, identity] : engine.find(missing))
      known[reference] = engine.facts(reference, identity);
    return fmt::format("{} does not have it, and a dry run pulls nothing", engine.name());
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::unavailable) throw;
    return error.text();
  }
}

}  // namespace

MeshFacts planned_facts(const System& system, const manifest::Mesh& mesh,
                        const MeshOptions& options) {
  return by_service(mesh, facts_under(system, options.target),
                    "it was not planned under this target directory");
}

MeshFacts present_facts(System& system, const manifest::Mesh& mesh, const MeshOptions& options) {
  FactsByReference known = facts_under(system, options.target);
  std::vector<std::string> missing;
  for (const std::string& reference : references(mesh))
    if (known.count(reference) == 0) missing.push_back(reference);
  std::string because = "it was not planned here, and '--offline' asks no engine";
  if (!missing.empty() && !options.offline)
    because = without_engine(system, options.engine)
                  ? add_from_registries(system, missing, known)
                  : add_from_engine(system, options, missing, known);
  return by_service(mesh, known, std::move(because));
}

MeshFacts required_facts(System& system, const manifest::Mesh& mesh, const MeshOptions& options) {
  const std::vector<std::string> wanted = references(mesh);
  if (without_engine(system, options.engine)) {
    ImageSources sources(system);
    FactsByReference known;
    for (const std::string& reference : wanted) known[reference] = sources.facts(reference);
    return by_service(mesh, known, "");
  }
  image::Engine engine = engine_for(system, options);
  auto present = engine.find(wanted);
  std::vector<std::string> missing;
  for (const std::string& reference : wanted)
    if (present.count(reference) == 0) missing.push_back(reference);
  if (options.pull)
    for (const std::string& reference : missing) pull(system, engine, reference);
  if (!missing.empty()) present.merge(engine.inspect(missing));
  FactsByReference known;
  for (const auto& [reference, identity] : present)
    known[reference] = engine.facts(reference, identity);
  return by_service(mesh, known, "");
}

}  // namespace sconectl::action
