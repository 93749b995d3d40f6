#include "mesh/compose_service.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/number.hpp"

namespace sconectl::mesh {
namespace {

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
  if (relayed) result.set("SCONE_CAS_ADDR", relay_service);
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
    if (yaml::Node* given = result.find(name->text())) {
      *given = literal(value->text());
    } else {
      result.set(name->text(), literal(value->text()));
    }
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
  // Not the chart's own limit: Docker refuses more processors than the machine has.
  const yaml::Value* given = part.values.of_mesh();
  const bool limited = given != nullptr && given->find("resources") != nullptr;
  if (const std::string cpu = part.values.text({"resources", "limits", "cpu"});
      limited && !cpu.empty()) {
    if (const auto number = processors_of(cpu)) {
      node.set("cpus", yaml::Node::verbatim(*number));
    } else {
      refused("cpu", cpu);
    }
  }
}

yaml::Node probe_of(const Part& part) {
  std::vector<std::string> test = {"CMD", launcher, "pod", "ready"};
  if (const std::string port = part.values.text({"probes", "port"}); !port.empty())
    test.insert(test.end(), {"--port", port});
  // Those that wait for it start when it was found healthy; else a probe costs a process.
  const std::string seconds =
      part.is_waited_for ? "2" : part.values.text({"probes", "periodSeconds"});
  return health_check(test, seconds + "s", "60s");
}

yaml::Node condition(const char* word) {
  return yaml::Node().set("condition", word);
}

yaml::Node dependencies(const Part& part, const std::vector<Part>& parts, bool relayed) {
  yaml::Node result = yaml::Node::mapping();
  if (relayed) result.set(relay_service, condition("service_healthy"));
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

}  // namespace

yaml::Node health_check(const std::vector<std::string>& test, const std::string& interval,
                        const std::string& start_period) {
  yaml::Node node;
  node.set("test", yaml::Node::texts(test));
  node.set("interval", interval);
  node.set("timeout", "3s");
  node.set("start_period", start_period);
  node.set("retries", yaml::Node::number(3));
  return node;
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

}  // namespace sconectl::mesh
