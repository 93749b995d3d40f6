#include "image/engine_failure.hpp"

#include <fmt/core.h>

#include <algorithm>

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

std::string_view without_step(std::string_view line) {
  const auto digits = [](std::string_view text) {
    return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  };
  std::string_view rest = line;
  if (rest.starts_with('#')) {
    const auto number = digits(rest.substr(1));
    if (number.empty() || rest.substr(1 + number.size(), 1) != " ") return line;
    rest.remove_prefix(number.size() + 2);
  }
  constexpr std::size_t time_digits = 4;  // 1.782, 20.51, 120.3
  const auto seconds = digits(rest).size();
  if (seconds == 0 || seconds >= time_digits || rest.substr(seconds, 1) != ".") return rest;
  const auto fraction = digits(rest.substr(seconds + 1)).size();
  const bool is_time = seconds + fraction == time_digits && rest.substr(time_digits + 1, 1) == " ";
  return is_time ? rest.substr(time_digits + 2) : rest;
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
