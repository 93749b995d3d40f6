#include "sconectl/mesh/compose.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "mesh/chart_values.hpp"
#include "mesh/compose_environment.hpp"
#include "mesh/compose_networks.hpp"
#include "mesh/compose_waits.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

// A '.' is in no name of a service: these never clash.
constexpr const char* relay = "cas.relay";
constexpr const char* sockets = "/run/sconectl-cas";
constexpr const char* program = "/opt/sconectl/sconectl";
constexpr const char* enclave_port = "18765";
/// Of the relay, which needs no rights.
constexpr const char* nobody = "65532:65532";

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

/// Compose fills in variables behind a '$'.
std::string literal(const std::string& text) {
  std::string result;
  for (const char c : text) result.append(c == '$' ? 2 : 1, c);
  return result;
}

struct Published {
  std::string port;        ///< of this machine; "": none
  std::string everywhere;  ///< "" for all its addresses, else "127.0.0.1:"
};

/// One service with everything that decides about it.
struct Part {
  const ServiceInstance& service;
  ChartValues values;
  std::string name;  ///< what it is called in the file: its host
  std::string port;  ///< "": none
  Published published;
  std::vector<std::size_t> waits_for;
  bool is_waited_for = false;

  [[nodiscard]] std::string image() const {
    const std::string image = values.ours() ? values.text({"image"}) : "";
    return image.empty() ? service.image : image;
  }
  /// The program in the container can be asked whether it is ready.
  [[nodiscard]] bool has_probe() const {
    return service.native() && values.ours() && values.is_true({"probes", "enabled"});
  }
};

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

std::vector<Part> parts_of(const Application& application, const Chart& chart,
                           const std::vector<Peers>& peers) {
  std::vector<Part> result;
  for (std::size_t i = 0; i < application.services.size(); ++i) {
    const ServiceInstance& service = application.services[i];
    Part part{service,
              ChartValues(chart, service),
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

// ------------------------------------------------------------------ keys of a service

void set_security(yaml::Node& node, const ChartValues& values) {
  std::string user = values.text({"securityContext", "runAsUser"});
  if (user.empty()) user = values.text({"podSecurityContext", "runAsUser"});
  std::string group = values.text({"securityContext", "runAsGroup"});
  if (group.empty()) group = values.text({"podSecurityContext", "runAsGroup"});
  if (!user.empty()) node.set("user", group.empty() ? user : fmt::format("{}:{}", user, group));
  if (values.is_true({"securityContext", "readOnlyRootFilesystem"}))
    node.set("read_only", yaml::Node::boolean(true));
  if (const auto drop = values.texts({"securityContext", "capabilities", "drop"}); !drop.empty())
    node.set("cap_drop", yaml::Node::texts(drop));
  if (const auto add = values.texts({"securityContext", "capabilities", "add"}); !add.empty())
    node.set("cap_add", yaml::Node::texts(add));
  if (values.is_true({"securityContext", "privileged"}))
    node.set("privileged", yaml::Node::boolean(true));
  if (values.text({"securityContext", "allowPrivilegeEscalation"}) == "false")
    node.set("security_opt", yaml::Node::texts({"no-new-privileges"}));
  yaml::Node memory = yaml::Node::sequence();
  for (const std::string& directory : values.texts({"memoryDirectories"}))
    memory.push(fmt::format("{}:size=64m,mode=1777", literal(directory)));
  if (!memory.items()->empty()) node.set("tmpfs", std::move(memory));
}

/// What stands beside the environment file, and wins over it.
yaml::Node environment_of(const Part& part, bool relayed, diag::Diagnostics& out) {
  yaml::Node result = yaml::Node::mapping();
  if (relayed) result.set("SCONE_CAS_ADDR", relay);
  if (!part.values.ours()) return result;
  result.set("SCONE_LOG", literal(part.values.text({"scone", "scone_log"})));
  result.set("SCONE_VERSION", literal(part.values.text({"scone", "scone_version"})));
  const yaml::Value* extra = part.values.find({"extraEnv"});
  if (extra == nullptr) return result;
  for (const yaml::Value& variable : extra->items()) {
    const yaml::Value* name = variable.find("name");
    const yaml::Value* value = variable.find("value");
    if (name == nullptr) continue;
    if (value == nullptr) {
      out.warning(part.service.at(),
                  fmt::format("service '{}': variable '{}' of 'extraEnv' takes its value from the "
                              "cluster, it is left out",
                              part.service.name, name->text()));
      continue;
    }
    result.set(name->text(), literal(value->text()));
  }
  return result;
}

void set_limits(yaml::Node& node, const Part& part, diag::Diagnostics& out) {
  const auto refused = [&](const char* what, const std::string& value) {
    out.warning(part.service.at(),
                fmt::format("service '{}': 'resources.limits.{}' is '{}', which has no counterpart "
                            "in a compose file; it is left out",
                            part.service.name, what, value));
  };
  if (const std::string memory = part.values.text({"resources", "limits", "memory"});
      !memory.empty()) {
    if (const auto bytes = bytes_of(memory)) {
      node.set("mem_limit", std::to_string(*bytes));
    } else {
      refused("memory", memory);
    }
  }
  if (const std::string cpu = part.values.text({"resources", "limits", "cpu"}); !cpu.empty()) {
    if (const auto number = processors_of(cpu)) {
      node.set("cpus", yaml::Node::verbatim(*number));
    } else {
      refused("cpu", cpu);
    }
  }
}

yaml::Node health_check(const std::vector<std::string>& test, const std::string& interval) {
  yaml::Node node;
  node.set("test", yaml::Node::texts(test));
  node.set("interval", interval);
  node.set("timeout", "3s");
  node.set("start_period", "60s");
  node.set("retries", yaml::Node::number(3));
  return node;
}

yaml::Node probe_of(const Part& part) {
  std::vector<std::string> test = {"CMD", program, "pod", "ready"};
  if (const std::string port = part.values.text({"probes", "port"}); !port.empty())
    test.insert(test.end(), {"--port", port});
  // Those that wait for it start when it was found healthy; else a probe costs a process.
  const std::string seconds =
      part.is_waited_for ? "2" : part.values.text({"probes", "periodSeconds"});
  return health_check(test, seconds + "s");
}

yaml::Node condition(const char* word) {
  return yaml::Node().set("condition", word);
}

yaml::Node dependencies(const Part& part, const std::vector<Part>& parts, bool relayed) {
  yaml::Node result = yaml::Node::mapping();
  if (relayed) result.set(relay, condition("service_healthy"));
  for (const std::size_t i : part.waits_for)
    result.set(parts[i].name,
               condition(parts[i].has_probe() ? "service_healthy" : "service_started"));
  return result;
}

/// What a pod's policy is called here. A Deployment starts its pods again until it is removed.
std::string restart_of(const ChartValues& values) {
  const std::string policy = values.text({"jobs", "restartPolicy"});
  if (policy == "OnFailure") return "on-failure";
  return policy == "Never" ? "no" : "unless-stopped";
}

yaml::Node service_node(std::size_t index, const std::vector<Part>& parts,
                        const std::vector<ComposeNetwork>& networks, const ComposeOptions& options,
                        diag::Diagnostics& out) {
  const Part& part = parts[index];
  const bool relayed = !options.cas_socket.empty();
  yaml::Node node;
  node.set("image", literal(part.image()));
  if (part.values.ours()) set_security(node, part.values);
  node.set("env_file", yaml::Node::texts({literal(options.environment_path(part.service))}));
  if (yaml::Node environment = environment_of(part, relayed, out); !environment.entries()->empty())
    node.set("environment", std::move(environment));
  yaml::Node own = yaml::Node::sequence();
  for (const ComposeNetwork& network : networks)
    if (std::find(network.services.begin(), network.services.end(), index) !=
        network.services.end())
      own.push(network.name);
  node.set("networks", std::move(own));
  const Published& published = part.published;
  if (!published.port.empty())
    node.set("ports", yaml::Node::texts({fmt::format("{}{}:{}", published.everywhere,
                                                     published.port, part.port)}));
  if (yaml::Node others = dependencies(part, parts, relayed); !others.entries()->empty())
    node.set("depends_on", std::move(others));
  if (part.has_probe()) node.set("healthcheck", probe_of(part));
  if (part.values.ours()) set_limits(node, part, out);
  if (const auto replicas = text::number<unsigned>(part.values.text({"replicaCount"}));
      replicas && *replicas != 1)
    node.set("scale", yaml::Node::number(*replicas));
  node.set("restart", restart_of(part.values));
  if (const std::string grace = part.values.text({"terminationGracePeriodSeconds"}); !grace.empty())
    node.set("stop_grace_period", grace + "s");
  return node;
}

// ------------------------------------------------------------------ the CAS of this machine

/// The networks by which every service meets the relay: one each.
yaml::Node relay_networks(std::size_t services, const std::vector<ComposeNetwork>& networks) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < services; ++i) {
    const auto meets = std::find_if(networks.begin(), networks.end(), [&](const auto& network) {
      return std::find(network.services.begin(), network.services.end(), i) !=
             network.services.end();
    });
    if (std::find(names.begin(), names.end(), meets->name) == names.end())
      names.push_back(meets->name);
  }
  return yaml::Node::texts(names);
}

/// A container that services reach, and that reaches the CAS by a socket of the file system: the
/// loopback of this machine is not that of a container.
yaml::Node relay_node(const std::string& image, const std::vector<Part>& parts,
                      const std::vector<ComposeNetwork>& networks, const ComposeOptions& options) {
  yaml::Node node;
  node.set("image", literal(image));
  node.set(
      "entrypoint",
      yaml::Node::texts({program, "pod", "relay", fmt::format("0.0.0.0:{}", enclave_port),
                         fmt::format("{}/{}", sockets, options.cas_socket.filename().string())}));
  node.set("user", nobody);
  node.set("read_only", yaml::Node::boolean(true));
  node.set("cap_drop", yaml::Node::texts({"ALL"}));
  node.set("security_opt", yaml::Node::texts({"no-new-privileges"}));
  node.set("volumes",
           yaml::Node::texts({fmt::format(
               "{}:{}:ro", literal(options.cas_socket.parent_path().string()), sockets)}));
  node.set("networks", relay_networks(parts.size(), networks));
  yaml::Node health = health_check({"CMD", program, "pod", "ready", "--port", enclave_port}, "1s");
  *health.find("start_period") = "10s";
  node.set("healthcheck", std::move(health));
  node.set("restart", "unless-stopped");
  return node;
}

const Part* with_launcher(const std::vector<Part>& parts) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [](const Part& part) { return part.service.native(); });
  return found == parts.end() ? nullptr : &*found;
}

void check_cas(const Application& application, const std::vector<Part>& parts,
               const ComposeOptions& options, diag::Diagnostics& out) {
  const diag::Location& at = application.mesh->at;
  if (!options.cas_socket.empty()) {
    if (with_launcher(parts) == nullptr && !parts.empty())
      out.error(at,
                "no image of this mesh has the launcher in it, by which containers reach the "
                "embedded CAS: name an address that they can reach with '--service-cas'");
    if (options.cas_socket.string().find(':') != std::string::npos)
      out.error(at, fmt::format("compose takes no path with a ':' for a volume: '{}'",
                                options.cas_socket.parent_path().string()));
  } else if (text::is_loopback(
                 text::parse_address(application.cas_address, {.otherwise = 0, .least = 1}).host)) {
    out.error(at,
              fmt::format("the CAS is at {}, which in a container means the container itself: use "
                          "'cas_url: embedded', or name an address that containers can reach with "
                          "'--service-cas'",
                          application.cas_address));
  }
}

yaml::Node networks_node(const std::vector<ComposeNetwork>& networks) {
  yaml::Node result = yaml::Node::mapping();
  for (const ComposeNetwork& network : networks)
    result.set(network.name, yaml::Node().set("internal", yaml::Node::boolean(network.internal)));
  return result;
}

}  // namespace

std::string compose_project(const Application& application) {
  const std::string name = kubernetes_name(application.name_space);
  return name.empty() ? "application" : name;
}

std::string compose(const Application& application, const Chart& chart,
                    const ComposeOptions& options, diag::Diagnostics& out) {
  const std::vector<Peers> who_talks = peers(application);
  std::vector<Part> parts = parts_of(application, chart, who_talks);
  check_cas(application, parts, options, out);
  check_ports(parts, out);
  const Hosts hosts(application);
  std::vector<std::vector<std::size_t>> waits;
  for (Part& part : parts) {
    check_environment(application, part.service, out);
    warn_of_left_out(part, out);
    part.waits_for = waited_for(part.service, part.values, hosts, out);
    waits.push_back(part.waits_for);
  }
  check_circles(application, waits, out);
  for (const auto& others : waits)
    for (const std::size_t i : others) parts[i].is_waited_for = true;

  const bool relayed = !options.cas_socket.empty();
  std::vector<bool> outside;
  for (const Part& part : parts) outside.push_back(!relayed || !part.published.port.empty());
  const auto networks = compose_networks(application, who_talks, outside);
  yaml::Node services = yaml::Node::mapping();
  if (const Part* part = with_launcher(parts); relayed && part != nullptr)
    services.set(relay, relay_node(part->image(), parts, networks, options));
  for (std::size_t i = 0; i < parts.size(); ++i)
    services.set(parts[i].name, service_node(i, parts, networks, options, out));
  return yaml::write(
      yaml::Node().set("services", services).set("networks", networks_node(networks)));
}

}  // namespace sconectl::mesh
