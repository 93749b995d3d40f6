#include "sconectl/mesh/compose.hpp"

#include "mesh/compose_environment.hpp"
#include "mesh/compose_networks.hpp"
#include "mesh/compose_relay.hpp"
#include "mesh/compose_service.hpp"
#include "mesh/compose_waits.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

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
    services.set(relay_service, relay_node(part->image(), parts, networks, options));
  for (std::size_t i = 0; i < parts.size(); ++i)
    services.set(parts[i].name, service_node(i, parts, networks, options, out));
  return yaml::write(
      yaml::Node().set("services", services).set("networks", networks_node(networks)));
}

}  // namespace sconectl::mesh
