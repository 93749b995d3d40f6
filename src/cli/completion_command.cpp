// `sconectl completion bash | zsh | fish`.
#include <fmt/format.h>

#include <set>

#include "cli/command.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cli {
namespace {

/// The words that may follow these ("" for the first word), separated by blanks.
std::string words_after(std::string_view before) {
  std::set<std::string_view> words;
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    std::string_view rest = command.words;
    if (!before.empty()) {
      if (!rest.starts_with(std::string(before) + " ")) continue;
      rest.remove_prefix(before.size() + 1);
    }
    words.emplace(rest.substr(0, rest.find(' ')));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

/// All that other words follow: "session", "cas backup".
std::set<std::string> groups() {
  std::set<std::string> result;
  for (const Command& command : commands())
    for (auto end = command.words.rfind(' '); end != std::string_view::npos && end > 0;
         end = command.words.rfind(' ', end - 1))
      result.emplace(command.words.substr(0, end));
  return result;
}

std::string bash() {
  std::string cases;
  for (const std::string& group : groups())
    cases += fmt::format("    '{}') words='{}' ;;\n", group, words_after(group));
  return "_sconectl() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words=''\n"
         "  case ${COMP_WORDS[*]:1:COMP_CWORD-1} in\n"
         "    '') words='" +
         words_after("") + "' ;;\n" + cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [ -n \"${COMPREPLY[*]}\" ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -F _sconectl sconectl scone\n";
}

std::string zsh() {
  return "#compdef sconectl scone\nautoload -U +X bashcompinit && bashcompinit\n" + bash();
}

std::string fish() {
  std::string result =
      fmt::format("complete -c sconectl -n __fish_use_subcommand -f -a '{}'\n", words_after(""));
  for (const std::string& group : groups()) {
    std::string seen;
    for (const auto& word : text::split(group, ' '))
      seen += (seen.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + std::string(word));
    result += fmt::format("complete -c sconectl -n '{}' -f -a '{}'\n", seen, words_after(group));
  }
  return result + "complete -c scone -w sconectl\n";
}

}  // namespace

int completion_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "completion", "Print the completion script of a shell.");
  std::string shell;
  parser.add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  parser.examples({"source <(sconectl completion bash)"});
  if (!parser.read(std::move(arguments))) return 0;
  invocation.terminal.data(shell == "bash" ? bash() : shell == "zsh" ? zsh() : fish());
  return 0;
}

}  // namespace sconectl::cli
