#include "sconectl/action/apply_service.hpp"

#include "action/manifests.hpp"
#include "action/prepared_service.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::action {

AppliedService apply_service(System& system, const Document& document,
                             const ServiceOptions& options) {
  const PreparedService prepared = prepare_service(system, document, options);
  const auto lock = lock_target(system, options.target);
  keep_signing_key_for(system, prepared, options);
  return finish_service(system, prepared, options);
}

std::string service_defaults(System& system, const Document& document,
                             const ServiceOptions& options) {
  const auto service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  yaml::Node env = yaml::Node::sequence();
  for (const manifest::Variable& variable : service.global) {
    yaml::Node node;
    node.set("name", variable.name);
    node.set("value", variable.value ? yaml::Node(*variable.value) : yaml::Node());
    env.push(std::move(node));
  }
  return yaml::write(yaml::Node().set("env", std::move(env)));
}

std::optional<std::string> engine_name(const System& system,
                                       const std::optional<std::string>& option) {
  if (option) return option;
  const std::string name = system.environment.get_or("SCONECTL_ENGINE", "");
  return name.empty() ? std::nullopt : std::optional(name);
}

std::filesystem::path cache_directory(const System& system) {
  const std::string base = system.environment.get_or("XDG_CACHE_HOME", "");
  return (base.empty() ? system.environment.home_directory() / ".cache"
                       : std::filesystem::path(base)) /
         "sconectl" / "images";
}

}  // namespace sconectl::action
