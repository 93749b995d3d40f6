#include "image/java.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::image {
namespace {

/// https://docs.oracle.com/en/java/javase/17/docs/specs/man/javac.html: inside of quotes, '\'
/// begins an escape.
std::string quoted_argument(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\r')
      result += "\\r";
    else if (c == '"' || c == '\\')
      result.append(1, '\\').append(1, c);
    else
      result += c;
  }
  return result + "\"\n";
}

bool says_where_classes_are(const std::string& word) {
  constexpr std::array<std::string_view, 7> options = {
      "-cp", "-classpath", "--class-path", "-jar", "-p", "--module-path", "-m"};
  return std::find(options.begin(), options.end(), word) != options.end() ||
         word.starts_with("--class-path=") || word.starts_with("--module-path=");
}

bool is_java(const std::string& program) {
  return program.substr(program.rfind('/') + 1) == "java";
}

}  // namespace

std::string javac_arguments(const std::vector<std::string>& sources,
                            const std::vector<std::string>& libraries) {
  std::string class_path(java_libraries);
  for (const std::string& library : libraries)
    class_path += fmt::format(":{}/{}", java_libraries, library);
  std::string text = "-encoding UTF-8\n-d ";
  text += quoted_argument(std::string(java_classes));
  text += "-cp " + quoted_argument(class_path);
  for (const std::string& source : sources)
    text += quoted_argument(fmt::format("{}/{}", java_sources, source));
  return text;
}

std::string with_class_path(const std::string& command, const std::vector<std::string>& entries) {
  std::vector<std::string> words;
  try {
    words = session::split_command(command);
  } catch (const diag::Error&) {  // the session's own check reports the command
    return command;
  }
  if (words.empty() || !is_java(words.front()) ||
      std::any_of(words.begin(), words.end(), says_where_classes_are))
    return command;
  const auto first =
      std::find_if_not(command.begin(), command.end(), [](char c) { return text::is_blank(c); });
  const auto end = std::find_if(first, command.end(), [](char c) { return text::is_blank(c); });
  const std::vector<std::string> option = {"-cp", fmt::format("{}", fmt::join(entries, ":"))};
  return std::string(command.begin(), end) + " " + session::joined_command(option) +
         std::string(end, command.end());
}

}  // namespace sconectl::image
