#include "cli/program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/machine.hpp"
#include "cli/version.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::cli {
namespace {

std::string words_of(const std::vector<std::string>& arguments, std::size_t count) {
  return fmt::format("{}", fmt::join(arguments.begin(),
                                     arguments.begin() + static_cast<std::ptrdiff_t>(count), " "));
}

bool is_group(const std::string& words) {
  return std::any_of(commands().begin(), commands().end(),
                     [&](const Command& c) { return c.words.starts_with(words + " "); });
}

const Command* find_command(const std::vector<std::string>& arguments, std::size_t& words) {
  constexpr std::size_t most = 3;
  for (std::size_t count = std::min(most, arguments.size()); count > 0; --count) {
    const std::string typed = words_of(arguments, count);
    for (const Command& command : commands()) {
      if (command.words != typed) continue;
      words = count;
      return &command;
    }
  }
  return nullptr;
}

[[noreturn]] void unknown_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  std::size_t count = 1;
  while (count < arguments.size() && is_group(words_of(arguments, count))) ++count;
  const std::string typed = words_of(arguments, count);
  for (const Command& command : commands()) names.emplace_back(command.words);
  throw diag::Error(diag::ErrorKind::usage,
                    fmt::format("unknown command '{}'{} (see 'sconectl --help')", typed,
                                diag::did_you_mean(typed, names)));
}

int run(Invocation& invocation, std::vector<std::string> arguments) {
  arguments = with_argument_files(invocation.system.files, std::move(arguments));
  arguments = take_global_options(invocation, std::move(arguments));
  if (arguments.empty()) {
    invocation.terminal.data(general_help());
    return 0;
  }
  if (arguments[0] == "--version" || arguments[0] == "-V") {
    invocation.terminal.data(version_line());
    return 0;
  }
  if (arguments[0] == "--help" || arguments[0] == "-h") {
    invocation.terminal.data(general_help());
    return 0;
  }
  // `scone cas session create` is an older spelling of `scone session create`.
  if (arguments.size() > 2 && arguments[0] == "cas" && arguments[1] == "session")
    arguments.erase(arguments.begin());
  std::size_t words = 0;
  const Command* command = find_command(arguments, words);
  if (command == nullptr) {
    if (const std::string help = group_help(arguments); !help.empty()) {
      invocation.terminal.data(help);
      return 0;
    }
    unknown_command(arguments);
  }
  arguments.erase(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(words));
  return command->run(invocation, std::move(arguments));
}

}  // namespace

std::vector<std::string> as_called(std::string_view program, std::vector<std::string> arguments) {
  const std::string_view name = program.substr(program.find_last_of('/') + 1);
  const bool about_the_program =
      !arguments.empty() && (arguments[0] == "--version" || arguments[0] == "-V");
  if (name == "kubectl-provision" && !about_the_program)
    arguments.insert(arguments.begin(), "provision");
  return arguments;
}

int run_program(action::System& system, Terminal& terminal, std::vector<std::string> arguments) {
  Invocation invocation{system, terminal, std::nullopt};
  return run_to_status(system, terminal, [&] { return run(invocation, std::move(arguments)); });
}

}  // namespace sconectl::cli
