// The launcher in a container.
#include "cli/launcher.hpp"
#include "cli/machine.hpp"
#include "sconectl/crypto/library.hpp"
#include "sconectl/host/tcp.hpp"

int main(int argc, char** argv) {
  sconectl::host::use_all_lines_of_hosts();
  sconectl::crypto::ignore_configuration();
  return sconectl::cli::on_this_machine(argc, argv, sconectl::cli::run_launcher);
}
