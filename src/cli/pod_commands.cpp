// `sconectl pod ready | drain | wait | relay`: what Kubernetes and compose run in containers.
#include <fmt/core.h>

#include "cli/command.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/relay.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/launch/pod.hpp"
#include "sconectl/launch/wait_for_server.hpp"

namespace sconectl::cli {

namespace {
constexpr int longest_drain = 600;
constexpr int longest_wait = 86'400;
constexpr std::chrono::milliseconds between_attempts{500};
constexpr int attempts_between_reports = 20;

text::Address address_of(const std::string& server) {
  try {
    return text::parse_address(server, {.otherwise = std::nullopt, .least = 1});
  } catch (const diag::Error& error) {
    throw diag::Error(diag::ErrorKind::usage, fmt::format("'{}': {}", server, error.text()));
  }
}

/// A path holds a '/', an address never does.
host::Endpoint endpoint_of(const std::string& text) {
  if (text.find('/') != std::string::npos) return std::filesystem::path(text);
  return address_of(text);
}

void wait_for(const host::Endpoint& place, const Invocation& invocation) {
  for (int attempt = 0; !host::accepts_connections(place); ++attempt) {
    if (attempt % attempts_between_reports == 0)
      invocation.system.tell(fmt::format("nothing answers at {} yet", host::text_of(place)));
    invocation.system.clock.sleep(between_attempts);
  }
}
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

int pod_wait_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "pod wait",
                "Wait until a server accepts connections (an init container, or a test).");
  std::string server;
  int seconds = 0;
  parser.add_option("SERVER", server, "HOST:PORT")->required()->type_name("HOST:PORT");
  const CLI::Option* const has_timeout =
      parser.add_option("--timeout", seconds, "Give up after so many seconds (default: never)")
          ->check(CLI::Range(1, longest_wait))
          ->type_name("SECONDS");
  parser.examples({"sconectl pod wait demo-redis:6379"});
  if (!parser.read(std::move(arguments))) return 0;
  std::optional<std::chrono::seconds> timeout;
  if (*has_timeout) timeout = std::chrono::seconds(seconds);
  launch::wait_for_server(address_of(server), timeout, invocation.system.clock,
                          invocation.system.tell);
  return 0;
}

int pod_relay_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "pod relay",
                "Hand connections on to another place, byte for byte, until SIGTERM. It listens as "
                "soon as something answers there.");
  std::string from;
  std::string to;
  parser.add_option("FROM", from, "Where to listen: IP:PORT, or the path of a socket")
      ->required()
      ->type_name("IP:PORT");
  parser.add_option("TO", to, "Where connections go: IP:PORT, or the path of a socket")
      ->required()
      ->type_name("IP:PORT");
  parser.examples({"sconectl pod relay 0.0.0.0:18765 /run/cas/cas.sock"});
  if (!parser.read(std::move(arguments))) return 0;
  const host::Endpoint source = endpoint_of(from);
  const host::Endpoint destination = endpoint_of(to);
  const host::InterruptWatch watch;
  wait_for(destination, invocation);
  const host::Relay relay(source, destination);
  (void)host::wait_for_interrupt();
  return 0;
}

}  // namespace sconectl::cli
