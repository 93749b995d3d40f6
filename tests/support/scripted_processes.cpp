#include "support/scripted_processes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "sconectl/diag/error.hpp"

namespace sconectl::test {

namespace {

/// Feeds the captured lines to the command's listener, as a real program would.
host::Exit replay(const host::Command& command, const host::Exit& answer) {
  if (!command.on_line) return answer;
  for (const std::string& text : {answer.out, answer.err}) {
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      command.on_line(std::string_view(text).substr(start, end - start));
      start = end + 1;
    }
  }
  return answer;
}

}  // namespace

void ScriptedProcesses::expect(std::vector<std::string> argv, host::Exit answer) {
  expected_.push_back({std::move(argv), std::move(answer)});
}

void ScriptedProcesses::always(std::vector<std::string> start_of_argv, host::Exit answer) {
  std::erase_if(standing_, [&](const Expected& each) { return each.argv == start_of_argv; });
  standing_.push_back({std::move(start_of_argv), std::move(answer)});
}

host::Exit ScriptedProcesses::run(const host::Command& command) {
  if (!command.argv.empty() && missing_.contains(command.argv[0])) {
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("the program '{}' is not installed", command.argv[0]));
  }
  const host::Exit answer = answer_to(command);
  if (on_run) on_run(command);
  return replay(command, answer);
}

host::Exit ScriptedProcesses::answer_to(const host::Command& command) {
  const std::scoped_lock guard(mutex_);
  ran_.push_back(command);
  if (!expected_.empty() && expected_.front().argv == command.argv) {
    const host::Exit answer = expected_.front().answer;
    expected_.pop_front();
    return answer;
  }
  const Expected* longest = nullptr;
  for (const Expected& standing : standing_) {
    if (command.argv.size() >= standing.argv.size() &&
        std::equal(standing.argv.begin(), standing.argv.end(), command.argv.begin()) &&
        (longest == nullptr || standing.argv.size() > longest->argv.size())) {
      longest = &standing;
    }
  }
  if (longest != nullptr) return longest->answer;
  throw std::logic_error(fmt::format("nobody expected the command {}", command.argv));
}

int ScriptedProcesses::spawn_detached(const std::vector<std::string>& argv,
                                      const std::filesystem::path& log) {
  spawned_.push_back(argv);
  if (on_spawn) ended_ = on_spawn(log);
  return 4242;
}

std::optional<host::Exit> ScriptedProcesses::ended(int /*process*/) {
  return std::exchange(ended_, std::nullopt);
}

std::optional<std::filesystem::path> ScriptedProcesses::find_program(
    const std::string& name) const {
  if (missing_.contains(name)) return std::nullopt;
  return std::filesystem::path("/usr/bin") / name;
}

}  // namespace sconectl::test
