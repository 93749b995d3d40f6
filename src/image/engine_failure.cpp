#include "image/engine_failure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>

namespace sconectl::image {
namespace {

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool no_daemon(const std::string& message) {
  return has_any(message, {"Cannot connect to the Docker daemon", "Is the docker daemon running",
                           "trying to connect to the Docker daemon", "docker.sock",
                           "Cannot connect to Podman", "unable to connect to Podman"});
}

std::string daemon_hint(const std::string& engine, const std::string& message) {
  if (has_any(message, {"permission denied"}))
    return fmt::format(
        "you may not use {}'s daemon; become a member of its group ('sudo usermod "
        "-aG docker $USER', then log in again) or use sudo",
        engine);
  return fmt::format(
      "the daemon of {0} does not answer; start it ('sudo systemctl start {0}') or "
      "set DOCKER_HOST",
      engine);
}

diag::ErrorKind kind_of(const std::string& message) {
  if (has_any(message, {"connection refused", "no such host", "i/o timeout", "dial tcp",
                        "manifest unknown", "not found: manifest", "pull access denied",
                        "repository does not exist", "no space left on device"}))
    return diag::ErrorKind::unavailable;
  if (has_any(message, {"denied:", "unauthorized", "authentication required", "access denied"}))
    return diag::ErrorKind::refused;
  return diag::ErrorKind::failed;
}

}  // namespace

bool says_missing_image(const std::string& message) {
  return has_any(message, {"No such image", "no such image", "No such object", "no such object",
                           "image not known", "reference does not exist"});
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  const auto start = text.find_last_of('\n', end);
  std::string line = text.substr(start == std::string::npos ? 0 : start + 1,
                                 end - (start == std::string::npos ? 0 : start + 1) + 1);
  for (const std::string_view prefix : {"Error response from daemon: ", "ERROR: ", "Error: "})
    if (line.starts_with(prefix)) return line.substr(prefix.size());
  return line;
}

diag::Error engine_failure(const std::string& engine, const std::string& doing,
                           const host::Exit& exit, const std::vector<std::string>& last_lines) {
  if (no_daemon(exit.err))
    return {diag::ErrorKind::unavailable, daemon_hint(engine, exit.err), {last_line(exit.err)}};
  std::string message = last_line(exit.err);
  if (message.empty()) message = last_line(exit.out);
  if (message.empty()) message = fmt::format("it ended with status {}", exit.status);
  std::vector<std::string> causes = last_lines;
  while (!causes.empty() && last_line(causes.back()) == message) causes.pop_back();
  return {kind_of(exit.err), fmt::format("{} could not {}: {}", engine, doing, message), causes};
}

}  // namespace sconectl::image
