#include "cli/launcher.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/machine.hpp"
#include "cli/version.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

constexpr std::array launcher_commands = {
    Command{"run", "Fetch the configuration of a service and become its program", run_command},
    Command{"pod ready", "Tell whether the service of this container is ready", pod_ready_command},
    Command{"pod drain", "Wait before the container is stopped", pod_drain_command},
    Command{"pod wait", "Wait until a server accepts connections", pod_wait_command},
    Command{"pod relay", "Hand connections on to another place", pod_relay_command},
    Command{"files snapshot", "Write down what lies in an image before its files come",
            files_snapshot_command},
    Command{"files record", "List the files that came", files_record_command},
    Command{"version", "Print the version", version_command},
};

std::string launcher_help() {
  std::string text =
      "This is the launcher of sconectl, for containers: it starts the program of a service.\n"
      "\n"
      "Usage: sconectl COMMAND [OPTIONS]\n"
      "\n"
      "Commands:\n";
  for (const Command& command : launcher_commands)
    text += fmt::format("  {:32} {}\n", command.words, command.purpose);
  return text + "\nEverything else is done by the whole program, outside of this image.\n";
}

bool asks_for(const std::string& word, std::string_view short_option, std::string_view option) {
  return word == short_option || word == option;
}

/// The command that the arguments begin with; takes its words away.
const Command* take_command(std::vector<std::string>& arguments) {
  for (const Command& command : launcher_commands) {
    const std::ptrdiff_t words = command.words.find(' ') == std::string_view::npos ? 1 : 2;
    if (std::ssize(arguments) < words) continue;
    const std::string typed =
        words == 1 ? arguments.front() : arguments.front() + " " + arguments.at(1);
    if (command.words != typed) continue;
    arguments.erase(arguments.begin(), arguments.begin() + words);
    return &command;
  }
  return nullptr;
}

std::string unknown_pod_command(const std::vector<std::string>& arguments) {
  return arguments.size() == 1
             ? "'pod' is followed by 'ready', 'drain', 'wait' or 'relay'"
             : fmt::format(
                   "unknown command 'pod {}': it is 'pod ready', 'pod drain', 'pod wait' or "
                   "'pod relay'",
                   arguments[1]);
}

int run_words(Invocation& invocation, std::vector<std::string> arguments) {
  arguments = with_argument_files(invocation.system.files, std::move(arguments));
  arguments = take_global_options(invocation, std::move(arguments));
  if (arguments.empty() || asks_for(arguments.front(), "-h", "--help")) {
    invocation.terminal.data(launcher_help());
    return 0;
  }
  if (asks_for(arguments.front(), "-V", "--version")) {
    invocation.terminal.data(version_line());
    return 0;
  }
  const std::string first = arguments.front();
  if (const Command* command = take_command(arguments))
    return command->run(invocation, std::move(arguments));
  if (first == "pod") throw diag::Error(diag::ErrorKind::usage, unknown_pod_command(arguments));
  throw diag::Error(
      diag::ErrorKind::unsupported,
      fmt::format("'{}': this is only the launcher of sconectl, which has the commands 'run', "
                  "'pod' and 'files' (see '--help'); use the whole program, outside of this image "
                  "or from one "
                  "that 'sconectl platform image' makes",
                  first));
}

}  // namespace

int run_launcher(action::System& system, Terminal& terminal, std::vector<std::string> arguments) {
  Invocation invocation{system, terminal, std::nullopt};
  return run_to_status(system, terminal,
                       [&] { return run_words(invocation, std::move(arguments)); });
}

}  // namespace sconectl::cli
