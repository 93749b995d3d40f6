// `sconectl completion bash | zsh | fish`.
#include <fmt/core.h>

#include <set>

#include "cli/command.hpp"

namespace sconectl::cli {
namespace {

/// The words that may follow `first` ("" for the first word), separated by blanks.
std::string words_after(std::string_view first) {
  std::set<std::string> words;
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    const auto blank = command.words.find(' ');
    const std::string_view group = command.words.substr(0, blank);
    if (first.empty()) words.emplace(group);
    if (group == first && blank != std::string_view::npos)
      words.emplace(command.words.substr(blank + 1));
  }
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::set<std::string> groups() {
  std::set<std::string> result;
  for (const Command& command : commands())
    if (const auto blank = command.words.find(' '); blank != std::string_view::npos)
      result.emplace(command.words.substr(0, blank));
  return result;
}

std::string bash() {
  std::string cases;
  for (const std::string& group : groups())
    cases += fmt::format("    {}) words='{}' ;;\n", group, words_after(group));
  return "_sconectl() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words=''\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    words='" +
         words_after("") +
         "'\n"
         "  elif [ \"$COMP_CWORD\" -eq 2 ]; then case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac; fi\n"
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
  for (const std::string& group : groups())
    result += fmt::format("complete -c sconectl -n '__fish_seen_subcommand_from {}' -f -a '{}'\n",
                          group, words_after(group));
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
