#include "mesh/compose_part.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "sconectl/mesh/names.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::mesh {
namespace {

/// `values` that mean something here, or nothing anywhere but in a cluster. Of the others the mesh
/// is told that they were left out.
constexpr std::array<std::string_view, 20> understood = {"runtime",
                                                         "image",
                                                         "scone",
                                                         "service",
                                                         "probes",
                                                         "initContainers",
                                                         "extraEnv",
                                                         "resources",
                                                         "jobs",
                                                         "securityContext",
                                                         "replicaCount",
                                                         "global",
                                                         "sgxEpcMem",
                                                         "sgxEpcResource",
                                                         "podSecurityContext",
                                                         "memoryDirectories",
                                                         "imagePullPolicy",
                                                         "imagePullSecrets",
                                                         "drainSeconds",
                                                         "terminationGracePeriodSeconds"};

/// Its image or its own section of the mesh says so, and not only what the mesh says to all.
bool listens(const ServiceInstance& service, const ChartValues& values, const std::string& port) {
  const auto& exposed = service.facts.ports;
  return values.text({"probes", "port"}) == port ||
         std::any_of(exposed.begin(), exposed.end(),
                     [&](std::uint16_t other) { return std::to_string(other) == port; });
}

Published published_port(const ServiceInstance& service, const ChartValues& values,
                         const std::string& port, const Peers& peers) {
  if (port.empty()) return {};
  const std::string type = values.text({"service", "type"});
  if (type == "NodePort" || type == "LoadBalancer") {
    const std::string node_port = values.text({"service", "nodePort"});
    return {node_port.empty() ? port : node_port, ""};
  }
  if (!peers.from.empty() || !listens(service, values, port)) return {};
  return {port, "127.0.0.1:"};
}

}  // namespace

std::vector<Part> parts_of(const Application& application, const Chart& chart,
                           const std::vector<Peers>& peers) {
  std::vector<Part> result;
  const yaml::Value umbrella = umbrella_values_in(chart);
  for (std::size_t i = 0; i < application.services.size(); ++i) {
    const ServiceInstance& service = application.services[i];
    Part part{service,
              ChartValues(umbrella, chart, service),
              object_name(application.release, service.kubernetes_name),
              "",
              {},
              {},
              false};
    if (part.values.ours()) part.port = part.values.text({"service", "port"});
    part.published = published_port(service, part.values, part.port, peers[i]);
    result.push_back(std::move(part));
  }
  return result;
}

void check_ports(const std::vector<Part>& parts, diag::Diagnostics& out) {
  std::map<std::string, const Part*> taken;
  for (const Part& part : parts) {
    const auto& port = part.published.port;
    if (port.empty()) continue;
    const auto [first, is_new] = taken.emplace(port, &part);
    if (!is_new)
      out.error(
          part.service.at(),
          fmt::format("services '{}' and '{}' both want port {} of this machine: give one "
                      "another with 'helm_extra_values.{}.service' (type: NodePort, "
                      "nodePort: ...)",
                      first->second->service.name, part.service.name, port, part.service.name));
    const auto replicas = text::number<unsigned>(part.values.text({"replicaCount"}));
    if (replicas.value_or(1) > 1)
      out.error(part.service.at(),
                fmt::format("service '{}': {} containers can not share port {} of this machine; "
                            "compose needs a 'replicaCount' of 1 here",
                            part.service.name, *replicas, port));
  }
}

void warn_of_left_out(const Part& part, diag::Diagnostics& out) {
  const yaml::Value* given = part.values.of_mesh();
  if (given == nullptr || !part.values.ours()) return;
  for (const yaml::Entry& entry : given->entries())
    if (std::find(understood.begin(), understood.end(), entry.key) == understood.end())
      out.warning(part.service.at(),
                  fmt::format("service '{}': a compose file has nothing like '{}', it is left out",
                              part.service.name, entry.key));
}

std::string literal(const std::string& text) {
  std::string result;
  for (const char c : text) result.append(c == '$' ? 2 : 1, c);
  return result;
}

}  // namespace sconectl::mesh
