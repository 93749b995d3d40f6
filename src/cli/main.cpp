// The whole program.
#include "cli/machine.hpp"
#include "cli/program.hpp"

int main(int argc, char** argv) {
  using namespace sconectl;
  return cli::on_this_machine(
      argc, argv,
      [&](action::System& system, cli::Terminal& terminal, std::vector<std::string> arguments) {
        return cli::run_program(system, terminal, cli::as_called(argv[0], std::move(arguments)));
      });
}
