#include "cli/machine.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

#include "cli/exit_status.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::cli {
namespace {

int run_here(std::vector<std::string> arguments, const Main& program) {
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
  const int status = program(system, terminal, std::move(arguments));
  return std::fflush(stdout) == 0 || status != 0 ? status : 1;
}

}  // namespace

int on_this_machine(int argc, char** argv, const Main& program) noexcept {
  try {
    if (argc < 1) return 2;
    return run_here({argv + 1, argv + argc}, program);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: unexpected: %s\n", error.what());
    return 1;
  }
}

int run_to_status(action::System& system, Terminal& terminal, const std::function<int()>& words) {
  try {
    const int status = words();
    if (!terminal.output_file.empty()) system.files.write(terminal.output_file, terminal.kept());
    return status;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) return 128 + host::interrupted_by();
    terminal.error(error);
    return exit_status(error.kind());
  }
}

}  // namespace sconectl::cli
