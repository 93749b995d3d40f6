// Programs that answer from a script.
#pragma once

#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "sconectl/host/processes.hpp"

namespace sconectl::test {

/// Every run() must match the next expectation, or a standing answer; anything else fails the test
/// by an exception that shows the command.
class ScriptedProcesses final : public host::Processes {
 public:
  /// The next command must have exactly this argv.
  void expect(std::vector<std::string> argv, host::Exit answer);
  /// Any command whose argv starts with these words, as often as it comes; of several such the one
  /// with the most words counts, and of the same words the last.
  void always(std::vector<std::string> start_of_argv, host::Exit answer);
  /// Programs that find_program() and run() do not find.
  void remove_program(const std::string& name) { missing_.insert(name); }

  host::Exit run(const host::Command& command) override;
  int spawn_detached(const std::vector<std::string>& argv,
                     const std::filesystem::path& log) override;
  std::optional<host::Exit> ended(int process) override;
  [[nodiscard]] std::optional<std::filesystem::path> find_program(
      const std::string& name) const override;

  /// What happens when a program is started by spawn_detached(); how it ended, if it did.
  std::function<std::optional<host::Exit>(const std::filesystem::path& log)> on_spawn;

  /// What happens while a program of run() runs. Threads may be in it at once.
  std::function<void(const host::Command& command)> on_run;

  /// All commands that ran, in order.
  [[nodiscard]] const std::vector<host::Command>& ran() const { return ran_; }
  /// The argument vectors of spawn_detached().
  [[nodiscard]] const std::vector<std::vector<std::string>>& spawned() const { return spawned_; }
  /// Whether every expect() was met.
  [[nodiscard]] bool finished() const { return expected_.empty(); }

 private:
  struct Expected {
    std::vector<std::string> argv;
    host::Exit answer;
  };
  [[nodiscard]] host::Exit answer_to(const host::Command& command);

  std::mutex mutex_;
  std::deque<Expected> expected_;
  std::vector<Expected> standing_;
  std::set<std::string> missing_;
  std::vector<host::Command> ran_;
  std::vector<std::vector<std::string>> spawned_;
  std::optional<host::Exit> ended_;
};

}  // namespace sconectl::test
