#include "sconectl/session/command.hpp"

#include <fmt/core.h>

#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::session {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

constexpr std::size_t longest_number = 6;

}  // namespace

std::vector<std::string> split_command(std::string_view command) {
  std::vector<std::string> result;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote != 0) {
      const char next = i + 1 < command.size() ? command[i + 1] : '\0';
      if (c == quote) {
        quote = 0;
      } else if (quote == '"' && c == '\\' && (next == '"' || next == '\\')) {
        word += next;
        ++i;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (is_space(c)) {
      if (in_word) result.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0)
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("a quote ({}) in the command is not closed; write the command as "
                                  "a list if an argument holds one",
                                  quote));
  if (in_word) result.push_back(std::move(word));
  return result;
}

std::string joined_command(std::span<const std::string> words) {
  std::string result;
  for (const std::string& word : words) {
    if (!result.empty()) result += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\r\n\v\f'\"") == std::string::npos;
    if (plain) {
      result += word;
      continue;
    }
    result += '"';
    for (const char c : word) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    result += '"';
  }
  return result;
}

std::vector<std::string> arguments(const Command& command) {
  if (const auto* text = std::get_if<std::string>(&command)) return split_command(*text);
  return std::get<std::vector<std::string>>(command);
}

unsigned host_argument(std::string_view element) {
  if (!element.starts_with("@@")) return 0;
  const std::string_view digits = element.substr(2);
  if (digits.empty() || digits.size() > longest_number || digits.front() == '0') return 0;
  return text::number<unsigned>(digits).value_or(0);
}

std::vector<std::string> with_host_arguments(std::vector<std::string> elements,
                                             std::span<const std::string> host) {
  std::set<unsigned> used;
  for (std::string& element : elements) {
    const unsigned number = host_argument(element);
    if (number == 0) continue;
    if (!used.insert(number).second)
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("the command uses the host argument @@{} twice", number));
    if (number >= host.size())
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("the command needs the host argument @@{}, but only {} {} given", number,
                      host.empty() ? 0 : host.size() - 1, host.size() == 2 ? "was" : "were"));
    element = host[number];
  }
  return elements;
}

std::string_view host_variable(std::string_view environment_name) {
  for (const std::string_view prefix : {"\\@\\@", "@@"})
    if (environment_name.starts_with(prefix) && environment_name.size() > prefix.size())
      return environment_name.substr(prefix.size());
  return {};
}

}  // namespace sconectl::session
