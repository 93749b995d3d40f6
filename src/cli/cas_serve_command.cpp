// `sconectl cas serve`.
#include <fmt/core.h>

#include <chrono>
#include <cstdio>

#include "cli/command.hpp"
#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/casd/server.hpp"

namespace sconectl::cli {
namespace {

/// The log goes to stderr; one line, one write.
casd::Log log_to_stderr(const action::System& system, casd::Level least) {
  return [&system, least](const casd::LogLine& line) {
    if (line.level < least) return;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(system.clock.now().time_since_epoch());
    const std::string text = line.line(now.count()) + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
}

}  // namespace

int cas_serve_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas serve",
                "Run the CAS. Its key hash is printed at start; SIGTERM ends it cleanly.");
  casd::ServerOptions options;
  options.data = action::embedded_cas_directory(invocation.system);
  std::string data;
  parser
      .add_option("--data", data, fmt::format("Data directory (default {})", options.data.string()))
      ->type_name("DIR");
  parser
      .add_option("--listen", options.api_listen,
                  "Address of the REST API (repeatable; default 127.0.0.1:8081, or a free port "
                  "above if that one is taken)")
      ->allow_extra_args(false)
      ->type_name("IP:PORT");
  parser
      .add_option("--enclave-listen", options.enclave_listen,
                  "Address of the service interface (repeatable; default 127.0.0.1:18765, or a "
                  "free port above)")
      ->allow_extra_args(false)
      ->type_name("IP:PORT");
  parser
      .add_option("--hostname", options.names,
                  "Further DNS name or IP address for the certificate (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  parser.add_option("--threads", options.threads,
                    "Threads for connections (default: one per core)");
  parser.examples(
      {"sconectl cas serve", "sconectl cas serve --data ./cas --listen 127.0.0.1:9081"});
  if (!parser.read(std::move(arguments))) return 0;
  if (!data.empty()) options.data = data;
  options.log =
      log_to_stderr(invocation.system,
                    invocation.terminal.verbosity > 0 ? casd::Level::debug : casd::Level::info);
  casd::Server server(options);
  server.start();
  (void)server.run_until_signal();
  return 0;
}

}  // namespace sconectl::cli
