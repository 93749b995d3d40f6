// `sconectl manual DIRECTORY`: what packages put where man looks.
#include "cli/command.hpp"
#include "cli/manual.hpp"

namespace sconectl::cli {
namespace {

/// What `--help` of a command prints when manual pages are asked for.
std::string page_of(const Command& command, const Invocation& invocation) {
  std::string page;
  Terminal terminal(
      invocation.system.environment, [&](std::string_view text) { page += text; },
      [](std::string_view) {});
  Invocation asked{invocation.system, terminal, invocation.config, manual_page};
  (void)command.run(asked, {"--help"});
  return page;
}

}  // namespace

int manual_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "manual", "Write the manual pages of all commands.");
  std::string directory;
  parser.add_option("DIRECTORY", directory, "Holds nothing else afterwards")->required();
  if (!parser.read(std::move(arguments))) return 0;
  host::Tree pages;
  pages["sconectl.1"].bytes = general_manual_page();
  pages["scone.1"].bytes = ".so man1/sconectl.1\n";
  pages["sconectl-launcher.1"].bytes = launcher_manual_page();
  pages["kubectl-provision.1"].bytes = ".so man1/sconectl-provision-cas.1\n";
  for (const Command& command : commands())
    if (!command.hidden)
      pages[manual_name(command.words) + ".1"].bytes = page_of(command, invocation);
  invocation.system.files.replace_tree(directory, pages);
  return 0;
}

}  // namespace sconectl::cli
