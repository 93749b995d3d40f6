#include "mesh/compose_relay.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mesh/compose_service.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::mesh {
namespace {

constexpr const char* sockets = "/run/sconectl-cas";
constexpr const char* enclave_port = "18765";
constexpr const char* nobody = "65532:65532";  // it needs no rights

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

}  // namespace

const Part* with_launcher(const std::vector<Part>& parts) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [](const Part& part) { return part.service.native(); });
  return found == parts.end() ? nullptr : &*found;
}

void check_cas(const Application& application, const std::vector<Part>& parts,
               const ComposeOptions& options, diag::Diagnostics& out) {
  const manifest::Cas* cas = application.mesh->role("cas");
  const diag::Location& at = cas == nullptr ? application.mesh->at : cas->at;
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

yaml::Node relay_node(const std::string& image, const std::vector<Part>& parts,
                      const std::vector<ComposeNetwork>& networks, const ComposeOptions& options) {
  yaml::Node node;
  node.set("image", literal(image));
  node.set(
      "entrypoint",
      yaml::Node::texts({launcher, "pod", "relay", fmt::format("0.0.0.0:{}", enclave_port),
                         fmt::format("{}/{}", sockets, options.cas_socket.filename().string())}));
  node.set("user", nobody);
  node.set("read_only", yaml::Node::boolean(true));
  node.set("cap_drop", yaml::Node::texts({"ALL"}));
  node.set("security_opt", yaml::Node::texts({"no-new-privileges"}));
  node.set("volumes",
           yaml::Node::texts({fmt::format(
               "{}:{}:ro", literal(options.cas_socket.parent_path().string()), sockets)}));
  node.set("networks", relay_networks(parts.size(), networks));
  node.set("healthcheck",
           health_check({"CMD", launcher, "pod", "ready", "--port", enclave_port}, "1s", "10s"));
  node.set("restart", "unless-stopped");
  return node;
}

}  // namespace sconectl::mesh
