#include "sconectl/image/assembly.hpp"

#include <fmt/format.h>

#include "image/dockerfile.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::image {
namespace {

std::string with_slash(const std::string& path) {
  return path.ends_with('/') ? path : path + "/";
}

/// What only an engine can do.
std::vector<std::string> commands_that_run(const Recipe& recipe) {
  std::vector<std::string> result;
  if (recipe.runtime != Runtime::native)
    result.push_back(fmt::format("what the runtime '{}' measures and signs in the image",
                                 text::word(recipe.runtime)));
  if (!recipe.requirements.empty()) result.emplace_back("pip, for the requirements file");
  if (recipe.node_packages) result.emplace_back("npm, for package.json");
  if (!recipe.java_compiler.empty())
    result.emplace_back(recipe.maven ? "mvn, for pom.xml" : "javac, for .java files");
  for (const std::string& line : recipe.run)
    result.push_back(fmt::format("'{}' of 'build.run'", line));
  return result;
}

}  // namespace

Assembly assembly(const BuildPlan& plan) {
  const Recipe& recipe = plan.recipe;
  const auto commands = commands_that_run(recipe);
  if (!commands.empty())
    throw diag::Error(diag::ErrorKind::unsupported,
                      fmt::format("image '{}' can not be put together without a container engine: "
                                  "commands have to run in it: {}; use '--engine docker' (or "
                                  "podman, buildah)",
                                  plan.reference, fmt::join(commands, "; ")));
  Assembly result;
  result.base = recipe.base;
  result.directory = recipe.pwd;
  result.labels = recipe.labels;
  result.entrypoint = native_entrypoint(recipe.program);
  result.folder = scone_folder(plan.facts);
  result.listed_files = recipe.listed_files;
  // As the Dockerfile has it: what is ours lies above what is the user's.
  if (recipe.application)
    result.layers.push_back({"application", {{"app/", with_slash(recipe.pwd)}}});
  if (!recipe.links.empty()) {
    AssemblyLayer& places = result.layers.emplace_back();
    places.title = "places of injected files";
    for (const auto& [folder, number] : recipe.links)
      places.parts.push_back({fmt::format("links/{}/", number), with_slash(folder)});
  }
  result.layers.push_back({"launcher", {{"sconectl", "/opt/sconectl/sconectl"}}});
  return result;
}

}  // namespace sconectl::image
