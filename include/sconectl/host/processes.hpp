// Other programs.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::host {

/// Where an output of a program goes.
enum class Output {
  capture,       ///< into Exit::out or Exit::err (and line by line to Command::on_line)
  pass_through,  ///< to our own stderr as it comes (stdout is kept for data)
  discard,
};

/// A program to run. There is no shell: every element of `argv` arrives as it is. Never put a
/// secret in `argv`, every user of the machine can read it; use `input` or `environment`.
struct Command {
  std::vector<std::string> argv;                   ///< argv[0] is looked up on PATH without a slash
  std::map<std::string, std::string> environment;  ///< added to ours, or replacing ours
  std::filesystem::path directory;                 ///< empty: ours
  std::string input;                               ///< text for stdin; empty: /dev/null
  Output out = Output::capture;
  Output err = Output::capture;
  /// Called for each line (without its newline) of the captured outputs as it arrives.
  std::function<void(std::string_view line)> on_line = {};
  /// Adds an output for programs that write bytes to a file whose name they are told: they write to
  /// data_path, no disk sees it, and it ends in Exit::data.
  bool data = false;
  /// A program that has not ended by then is killed: Error{unavailable}. Without, it may take its
  /// time.
  std::optional<std::chrono::milliseconds> limit = {};
};
inline constexpr const char* data_path = "/dev/fd/3";

/// How a program ended.
struct Exit {
  int status = 0;  ///< exit status; 128 + signal if a signal ended it
  int signal = 0;  ///< the signal that ended it, or 0
  std::string out;
  std::string err;
  std::string data = {};  ///< of Command::data
  [[nodiscard]] bool ok() const { return status == 0; }
};

class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  /// Runs a program to its end. A status other than 0 is not an error here. SIGINT and SIGTERM are
  /// passed on to the program; when it has ended, Error{interrupted} is thrown. A program that does
  /// not exist: Error{unavailable} that names it and how to install it.
  virtual Exit run(const Command& command) = 0;
  /// Starts a program that outlives us: own session, stdin from /dev/null, both outputs appended to
  /// `log` (made with mode 0600). Returns its process id.
  virtual int spawn_detached(const std::vector<std::string>& argv,
                             const std::filesystem::path& log) = 0;
  /// How a program of spawn_detached() ended, by its process id: Exit::status and signal. Nothing
  /// while it runs; told once.
  virtual std::optional<Exit> ended(int process) = 0;
  /// The path of a program on PATH, if there is one.
  [[nodiscard]] virtual std::optional<std::filesystem::path> find_program(
      const std::string& name) const = 0;
};

/// How to install a well-known program on Debian ("sudo apt-get install docker.io"), or "".
[[nodiscard]] std::string install_hint(std::string_view program);

/// The real programs of this machine.
[[nodiscard]] std::unique_ptr<Processes> system_processes();

}  // namespace sconectl::host
