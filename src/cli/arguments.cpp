#include "cli/arguments.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/variable.hpp"

namespace sconectl::cli {
namespace {

constexpr std::size_t argument_file_limit = std::size_t{1} << 20U;
constexpr std::size_t deepest_argument_file = 16;

void expand(const host::Files& files, const std::string& argument, std::vector<std::string>& open,
            std::vector<std::string>& result) {
  if (argument.starts_with("@@")) {
    result.push_back(argument.substr(1));
    return;
  }
  if (argument.size() < 2 || argument.front() != '@') {
    result.push_back(argument);
    return;
  }
  const std::string path = argument.substr(1);
  if (std::find(open.begin(), open.end(), path) != open.end() ||
      open.size() >= deepest_argument_file) {
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("the argument file '{}' includes itself", path));
  }
  open.push_back(path);
  const std::string text = files.read(path, argument_file_limit);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) expand(files, line, open, result);
    at = end + 1;
  }
  open.pop_back();
}

/// The value of an option at the front: `-o FILE`, `--config=FILE`.
bool take_value(std::vector<std::string>& arguments, std::string_view name, std::string& value) {
  const std::string first = arguments.front();
  if (first.starts_with("--") && first.starts_with(std::string(name) + "=")) {
    value = first.substr(name.size() + 1);
    arguments.erase(arguments.begin());
    return true;
  }
  if (first != name) return false;
  if (arguments.size() < 2)
    throw diag::Error(diag::ErrorKind::usage, fmt::format("{} needs a value", name));
  value = arguments[1];
  arguments.erase(arguments.begin(), arguments.begin() + 2);
  return true;
}

}  // namespace

std::vector<std::string> with_argument_files(const host::Files& files,
                                             std::vector<std::string> arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> result;
  std::vector<std::string> open;
  for (auto at = arguments.begin(); at != end; ++at) expand(files, *at, open, result);
  result.insert(result.end(), end, arguments.end());
  return result;
}

std::vector<std::string> take_global_options(Invocation& invocation,
                                             std::vector<std::string> arguments) {
  Terminal& terminal = invocation.terminal;
  std::string value;
  while (!arguments.empty()) {
    const std::string first = arguments.front();
    if (take_value(arguments, "-c", value) || take_value(arguments, "--config", value)) {
      invocation.config = value;
    } else if (take_value(arguments, "-o", value)) {
      terminal.output_file = value;
    } else if (first == "--json") {
      terminal.json = true;
      arguments.erase(arguments.begin());
    } else if (first == "-q" || first == "--quiet") {
      terminal.quiet = true;
      arguments.erase(arguments.begin());
    } else if (first == "-v" || first == "--verbose") {
      ++terminal.verbosity;
      arguments.erase(arguments.begin());
    } else {
      break;
    }
  }
  return arguments;
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::map<std::string, std::string> assignments(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> result;
  for (const std::string& text : texts) {
    const auto [name, value] = text::cut(text, '=');
    if (!value || !text::is_variable_name(name))
      throw diag::Error(diag::ErrorKind::usage,
                        "-e takes NAME=VALUE, where NAME is letters, digits "
                        "and '_'");
    result.insert_or_assign(std::string(name), *value);
  }
  return result;
}

}  // namespace sconectl::cli
