#include "sconectl/mesh/defaults.hpp"

#include <fmt/core.h>

#include <set>

#include "mesh/variables.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

/// Every name that some service asks the mesh for.
std::set<std::string> asked_for(const Application& application) {
  std::set<std::string> result;
  for (const ServiceInstance& service : application.services)
    for (const image::MeshVariable& variable : service.facts.global) result.insert(variable.name);
  return result;
}

yaml::Node section(const std::string& service, const SectionValues& values) {
  yaml::Node env = yaml::Node::sequence();
  for (const auto& [name, value] : values)
    env.push(yaml::Node().set("name", name).set("value", value));
  return yaml::Node().set("service", service).set("env", std::move(env));
}

std::string missing_lines(const std::set<std::string>& missing) {
  std::string result;
  for (const std::string& name : missing)
    result +=
        fmt::format("# - name: {}   # needed by a service, has no default: add a value\n", name);
  return result;
}

}  // namespace

std::string with_defaults(const yaml::Value& document, const Application& application) {
  yaml::Node rest = yaml::Node::mapping();
  for (const yaml::Entry& entry : document.entries())
    if (entry.key != "env") rest.set(entry.key, yaml::Node::from(entry.value));
  Sections all = sections(*application.mesh);
  SectionValues& global = all["global"];
  std::set<std::string> missing;
  for (const std::string& name : asked_for(application)) {
    if (global.count(name) > 0 || all["helm"].count(name) > 0) continue;
    std::optional<std::string> fallback;
    for (const ServiceInstance& service : application.services)
      for (const image::MeshVariable& variable : service.facts.global)
        if (variable.name == name && variable.fallback) fallback = variable.fallback;
    if (fallback) {
      global.emplace(name, *fallback);
    } else {
      missing.insert(name);
    }
  }
  yaml::Node env = yaml::Node::sequence({section("global", global)});
  for (const auto& [name, values] : all)
    if (name != "global" && !values.empty()) env.push(section(name, values));
  // Items of a top-level list stand in column 0; that is where the key `env` wants them too.
  return yaml::write(rest) + missing_lines(missing) + "env:\n" + yaml::write(env);
}

}  // namespace sconectl::mesh
