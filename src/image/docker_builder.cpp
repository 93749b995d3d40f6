#include "sconectl/image/docker_builder.hpp"

#include <future>
#include <string>
#include <vector>

#include "sconectl/host/processes.hpp"

namespace sconectl::image {
namespace {

/// Whether `docker build` with BuildKit knows these options.
bool builds_with(host::Processes& processes, const std::vector<std::string>& options) {
  host::Command help;
  help.argv = {"docker", "build"};
  help.argv.insert(help.argv.end(), options.begin(), options.end());
  help.argv.emplace_back("--help");
  help.environment["DOCKER_BUILDKIT"] = "1";
  return processes.run(help).ok();
}

}  // namespace

DockerBuilder::Kind DockerBuilder::kind(host::Processes& processes) {
  const std::scoped_lock one_asks(asking_);
  if (kind_) return *kind_;
  auto without = std::async(std::launch::async, [&] { return builds_with(processes, {}); });
  const bool loads = builds_with(processes, {"--load"});
  const bool builds = without.get();
  kind_ = loads ? Kind::buildx : builds ? Kind::build_kit : Kind::classic;
  return *kind_;
}

}  // namespace sconectl::image
