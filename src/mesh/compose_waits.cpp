#include "mesh/compose_waits.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace sconectl::mesh {
namespace {

constexpr const char* waiting = "initContainers";

bool reaches(std::size_t from, std::size_t to, const std::vector<std::vector<std::size_t>>& waits,
             std::vector<bool>& seen) {
  return std::any_of(waits[from].begin(), waits[from].end(), [&](std::size_t next) {
    if (next == to) return true;
    if (seen[next]) return false;
    seen[next] = true;
    return reaches(next, to, waits, seen);
  });
}

}  // namespace

std::vector<std::size_t> waited_for(const ServiceInstance& service, const ChartValues& values,
                                    const Hosts& hosts, diag::Diagnostics& out) {
  std::vector<std::size_t> result;
  if (!values.ours()) return result;
  for (const char* container : {"container1", "container2"}) {
    if (!values.is_true({waiting, container, "enabled"})) continue;
    const std::string host = values.text({waiting, container, "host"});
    const auto found = hosts.named_in(host);
    if (found.empty()) {
      out.warning(service.at(),
                  fmt::format("service '{}' waits for '{}', which is no service of this mesh under "
                              "its release: compose can not wait for it",
                              service.name, host));
    } else if (std::find(result.begin(), result.end(), found.front()) == result.end()) {
      result.push_back(found.front());
    }
  }
  return result;
}

void check_circles(const Application& application,
                   const std::vector<std::vector<std::size_t>>& waits, diag::Diagnostics& out) {
  for (std::size_t i = 0; i < waits.size(); ++i) {
    std::vector<bool> seen(waits.size());
    if (!reaches(i, i, waits, seen)) continue;
    const ServiceInstance& service = application.services[i];
    out.error(service.at(),
              fmt::format("service '{}' waits for itself, directly or by others (INIT_CONTAINER1, "
                          "INIT_CONTAINER2): it would never start",
                          service.name));
  }
}

}  // namespace sconectl::mesh
