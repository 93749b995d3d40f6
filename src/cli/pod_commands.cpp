// `sconectl pod ready | drain`: what Kubernetes runs in the container of a native service.
#include "cli/command.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/pod.hpp"

namespace sconectl::cli {

namespace {
constexpr int longest_drain = 600;
}  // namespace

int pod_ready_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "pod ready",
                "Tell whether the service of this container is ready (an exec probe): its launcher "
                "has become the program and, with --port, the program accepts connections.");
  std::uint16_t port = 0;
  const CLI::Option* const has_port =
      parser.add_option("--port", port, "TCP port that has to accept a connection within a second")
          ->check(CLI::Range(1, 65535))
          ->type_name("PORT");
  parser.examples({"sconectl pod ready", "sconectl pod ready --port 6379"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto missing = launch::why_not_ready(invocation.system.files,
                                             *has_port ? std::optional(port) : std::nullopt);
  if (missing) throw diag::Error(diag::ErrorKind::failed, *missing);
  return 0;
}

int pod_drain_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "pod drain",
                "Wait before the container is stopped (a preStop hook), so that nobody is sent to "
                "it any more when its program gets SIGTERM.");
  int seconds = 0;
  parser.add_option("SECONDS", seconds, "How long, 0 to 600")
      ->required()
      ->check(CLI::Range(0, longest_drain));
  parser.examples({"sconectl pod drain 5"});
  if (!parser.read(std::move(arguments))) return 0;
  invocation.system.clock.sleep(std::chrono::seconds(seconds));
  return 0;
}

}  // namespace sconectl::cli
