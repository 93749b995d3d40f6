// The program on the real machine.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.hpp"
#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::cli {
namespace {

int run_on_this_machine(const std::vector<std::string>& arguments) {
  const auto files = host::system_files();
  const auto processes = host::system_processes();
  const auto clock = host::system_clock();
  const auto environment = host::system_environment();
  const auto http = host::system_http(host::Proxies::from(*environment));
  Terminal terminal(
      *environment, [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); },
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); });
  action::System system{*files,
                        *processes,
                        *http,
                        *clock,
                        *environment,
                        [&](std::string_view line) { terminal.tell(line); },
                        [&](std::string_view line) { terminal.tell_more(line); },
                        [&](const diag::Diagnostic& warning) { terminal.warn(warning); }};
  const host::InterruptWatch watch;
  const int status = run_program(system, terminal, arguments);
  return std::fflush(stdout) == 0 || status != 0 ? status : 1;
}

}  // namespace
}  // namespace sconectl::cli

int main(int argc, char** argv) {
  try {
    if (argc < 1) return 2;
    return sconectl::cli::run_on_this_machine(
        sconectl::cli::as_called(argv[0], {argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: unexpected: %s\n", error.what());
    return 1;
  }
}
