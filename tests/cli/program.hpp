// The whole program on a machine made of fakes.
#pragma once

#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/fake_system.hpp"

namespace sconectl::test {

class Program {
 public:
  Program() = default;
  explicit Program(host::Http& http) : machine(http) {}

  /// Runs one command line; `out` and `err` are of this run only.
  int run(std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    cli::Terminal terminal(
        machine.environment, [this](std::string_view text) { out += text; },
        [this](std::string_view text) { err += text; });
    machine.system.tell = [&](std::string_view line) { terminal.tell(line); };
    machine.system.tell_more = [&](std::string_view line) { terminal.tell_more(line); };
    machine.system.warn = [&](const diag::Diagnostic& warning) { terminal.warn(warning); };
    return cli::run_program(machine.system, terminal, std::move(arguments));
  }

  FakeSystem machine;
  std::string out;
  std::string err;
};

}  // namespace sconectl::test
