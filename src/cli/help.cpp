#include "cli/help.hpp"

#include <fmt/core.h>

#include "cli/command.hpp"

namespace sconectl::cli {
namespace {

std::string rows(std::string_view prefix) {
  std::string result;
  for (const Command& command : commands()) {
    if (command.hidden || !command.words.starts_with(prefix)) continue;
    result += fmt::format("  {:32} {}\n", command.words, command.purpose);
  }
  return result;
}

}  // namespace

std::string general_help() {
  return "sconectl builds confidential services, joins them to applications, and keeps their "
         "secrets.\n"
         "\n"
         "Usage: sconectl COMMAND [OPTIONS]\n"
         "\n"
         "Commands:\n" +
         rows("") +
         "\n"
         "Options before the command:\n"
         "  -c, --config FILE                state file (SCONE_CLI_CONFIG; default "
         "~/.cas/config.json)\n"
         "  -o FILE                          write the command's data to FILE\n"
         "  --json, -q, -v                   as for every command\n"
         "  -V, --version                    print the version\n"
         "\n"
         "Exit status: 0 done, 1 failed or refused, 2 wrong usage, 3 invalid input, 4 something "
         "needed\n"
         "is missing or unreachable, 130/143 interrupted.\n"
         "\n"
         "Start here:\n"
         "  sconectl apply -f service.yaml                     build an image\n"
         "  sconectl apply -f mesh.yaml                        sessions, chart, upload\n"
         "  sconectl COMMAND --help                            more about a command\n";
}

std::string group_help(const std::vector<std::string>& arguments) {
  const bool asks_help = arguments.size() == 1 || arguments[1] == "--help" ||
                         arguments[1] == "-h" || arguments[1] == "help";
  const std::string list = asks_help ? rows(arguments[0] + " ") : "";
  if (list.empty()) return "";
  return fmt::format("Usage: sconectl {} COMMAND [OPTIONS]\n\nCommands:\n{}", arguments[0], list);
}

int help_command(Invocation& invocation, std::vector<std::string> arguments) {
  if (arguments.empty()) {
    invocation.terminal.data(general_help());
    return 0;
  }
  if (const std::string help = group_help({arguments[0]}); arguments.size() == 1 && !help.empty()) {
    invocation.terminal.data(help);
    return 0;
  }
  const std::string typed = arguments.size() > 1 ? arguments[0] + " " + arguments[1] : arguments[0];
  for (const Command& command : commands())
    if (command.words == typed) return command.run(invocation, {"--help"});
  invocation.terminal.data(general_help());
  return 0;
}

}  // namespace sconectl::cli
