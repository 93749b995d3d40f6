#include "image/engine_failure.hpp"

#include <fmt/core.h>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::image {
namespace {

std::string message_of(const host::Exit& exit) {
  std::string message = last_line(exit.err);
  if (message.empty()) message = last_line(exit.out);
  return message.empty() ? fmt::format("it ended with status {}", exit.status) : message;
}

}  // namespace

std::string last_line(const std::string& given) {
  const std::string text = text::without_escapes(given);
  const auto lines = text::lines(text::trimmed(text));
  std::string_view line = lines.empty() ? "" : lines.back();
  for (const std::string_view prefix : {"Error response from daemon: ", "ERROR: ", "Error: "})
    if (line.starts_with(prefix)) return std::string(line.substr(prefix.size()));
  return std::string(line);
}

diag::Error engine_failure(diag::ErrorKind kind, const std::string& engine,
                           const std::string& doing, const host::Exit& exit,
                           const std::vector<std::string>& last_lines) {
  const std::string message = message_of(exit);
  std::vector<std::string> causes = last_lines;
  while (!causes.empty() && last_line(causes.back()) == message) causes.pop_back();
  return {kind, fmt::format("{} could not {}: {}", engine, doing, message), causes};
}

diag::Error engine_silent(const std::string& engine, const host::Exit& exit) {
  // A hint for people: where the words are others, they get the general one.
  const bool forbidden = exit.err.find("permission denied") != std::string::npos;
  return {diag::ErrorKind::unavailable,
          forbidden
              ? fmt::format("you may not use {}'s daemon; become a member of its group ('sudo "
                            "usermod -aG docker $USER', then log in again) or use sudo",
                            engine)
              : fmt::format("the daemon of {0} does not answer; start it ('sudo systemctl start "
                            "{0}') or set DOCKER_HOST",
                            engine),
          {message_of(exit)}};
}

}  // namespace sconectl::image
