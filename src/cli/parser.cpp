#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::cli {

Parser::Parser(Invocation& invocation, std::string_view words, std::string_view purpose,
               std::string_view help_flags)
    : CLI::App(std::string(purpose), fmt::format("sconectl {}", words)), invocation_(invocation) {
  set_help_flag(std::string(help_flags), "Print this help");
  add_flag("--json", invocation.terminal.json,
           "One JSON document on stdout, errors as JSON on stderr");
  add_flag("-q,--quiet", invocation.terminal.quiet, "Only data and errors");
  add_flag("-v,--verbose", invocation.terminal.verbosity, "Say more (repeatable)");
}

bool Parser::read(std::vector<std::string> arguments) {
  const std::vector<std::string> given = arguments;
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    parse(std::move(arguments));
    return true;
  } catch (const CLI::CallForHelp&) {
    invocation_.terminal.data(invocation_.page ? invocation_.page(*this) : help());
    return false;
  } catch (const CLI::ParseError& e) {
    std::string text = e.what();
    if (dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr) text = left_over(given);
    for (const std::string& argument : given) {
      if (text.find(argument) != std::string::npos && argument.starts_with("-"))
        text += suggestion(argument);
    }
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("{} (see '{} --help')", text, get_name()));
  }
}

std::string Parser::left_over(const std::vector<std::string>& given) const {
  std::vector<std::string> words = remaining();
  const auto position = [&](const std::string& word) {
    return std::find(given.begin(), given.end(), word);
  };
  std::stable_sort(words.begin(), words.end(),
                   [&](const auto& a, const auto& b) { return position(a) < position(b); });
  return fmt::format("The following {} not expected: {}",
                     words.size() == 1 ? "argument was" : "arguments were", fmt::join(words, " "));
}

std::string Parser::suggestion(const std::string& argument) const {
  std::vector<std::string> names;
  for (const CLI::Option* option : get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  const std::string typed = argument.substr(0, argument.find('='));
  if (std::find(names.begin(), names.end(), typed) != names.end()) return "";
  return diag::did_you_mean(typed, names);
}

void Parser::examples(std::initializer_list<std::string_view> lines) {
  std::string text = "Examples:";
  for (const std::string_view line : lines) text += fmt::format("\n  {}", line);
  footer(text);
}

}  // namespace sconectl::cli
