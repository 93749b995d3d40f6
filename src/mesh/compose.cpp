#include "sconectl/mesh/compose.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::string_view token_line = "SCONE_SERVICE_ACCESS_TOKEN=";
constexpr std::string_view key_line = "SCONE_CAS_KEY=";

/// What follows `start` in the line that begins with it, or "".
std::string value_in(const std::string& text, std::string_view start) {
  const auto found = ("\n" + text).find("\n" + std::string(start));
  if (found == std::string::npos) return "";
  const auto value = found + start.size();
  return text.substr(value, text.find('\n', value) - value);
}

/// A line of what `docker run --env-file` reads; it knows no quotes.
std::string line(std::string_view variable, std::string_view value) {
  if (std::any_of(value.begin(), value.end(), text::is_control))
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("a control character can not stand behind {}", variable));
  return fmt::format("{}{}\n", variable, value);
}

}  // namespace

std::string environment_file(const Application& application, const ServiceInstance& service) {
  std::string result = line("SCONE_CONFIG_ID=", service.config_id()) +
                       line("SCONE_CAS_ADDR=", application.cas_address);
  if (!application.cas_key.empty()) result += line(key_line, application.cas_key);
  if (!service.access_token.empty()) result += line(token_line, service.access_token);
  return result;
}

std::string access_token_in(const std::string& environment_file, const std::string& cas_key) {
  if (value_in(environment_file, key_line) != cas_key) return "";
  return value_in(environment_file, token_line);
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
