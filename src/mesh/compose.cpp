#include "sconectl/mesh/compose.hpp"

#include <fmt/core.h>

#include "sconectl/mesh/names.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::string_view token_line = "SCONE_SERVICE_ACCESS_TOKEN=";

}  // namespace

std::string environment_file(const Application& application, const ServiceInstance& service) {
  std::string result = fmt::format("SCONE_CONFIG_ID={}\nSCONE_CAS_ADDR={}\n", service.config_id(),
                                   application.cas_address);
  if (!application.cas_key.empty()) result += "SCONE_CAS_KEY=" + application.cas_key + "\n";
  if (!service.access_token.empty())
    result += std::string(token_line) + service.access_token + "\n";
  return result;
}

std::string access_token_in(const std::string& environment_file) {
  const auto start = environment_file.find(token_line);
  if (start == std::string::npos || (start > 0 && environment_file[start - 1] != '\n')) return "";
  const auto value = start + token_line.size();
  return environment_file.substr(value, environment_file.find('\n', value) - value);
}

std::string compose(const Application& application,
                    const std::function<std::string(const ServiceInstance&)>& environment_path) {
  yaml::Node services = yaml::Node::mapping();
  for (const ServiceInstance& service : application.services) {
    yaml::Node node;
    node.set("image", service.image);
    node.set("network_mode", "host");
    node.set("env_file", yaml::Node::texts({environment_path(service)}));
    yaml::Node hosts = yaml::Node::sequence();
    for (const ServiceInstance& other : application.services)
      hosts.push(object_name(application.release, other.kubernetes_name) + ":127.0.0.1");
    node.set("extra_hosts", std::move(hosts));
    node.set("restart", "on-failure");
    services.set(service.kubernetes_name, std::move(node));
  }
  const std::string name = kubernetes_name(application.name_space);
  return yaml::write(
      yaml::Node().set("name", name.empty() ? "application" : name).set("services", services));
}

}  // namespace sconectl::mesh
