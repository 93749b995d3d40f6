#include "sconectl/host/processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "command_output.hpp"
#include "interrupt.hpp"
#include "posix.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/text/split.hpp"
#include "spawn_plan.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

/// Our variables, with `changes` added or replacing.
std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> entries;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) entries.emplace_back(text);
  }
  for (const auto& [name, value] : changes) entries.push_back(fmt::format("{}={}", name, value));
  return entries;
}

/// A running program. It is ended and waited for if the object goes before it did.
class Child {
 public:
  explicit Child(pid_t id)
      : id_(id), descriptor_(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ == 0) return;
    signal(SIGTERM);
    wait();
  }

  /// Readable when the program has ended; -1 on kernels without.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  void signal(int number) const { ::kill(id_, number); }
  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return status;
  }

 private:
  pid_t id_;
  Descriptor descriptor_;
};

/// The text for the program's stdin, written as it is taken.
class Input {
 public:
  explicit Input(std::string_view text) : left_(text) {}

  [[nodiscard]] Descriptor make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("make a pipe", errno);
    pipe_ = Descriptor(ends[1]);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    return Descriptor(ends[0]);
  }
  [[nodiscard]] int descriptor() const { return pipe_.get(); }
  void give() {
    while (pipe_.open() && !left_.empty()) {
      const ssize_t written = ::write(pipe_.get(), left_.data(), left_.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN) return;
      if (written < 0) break;  // the program does not want the rest
      left_.remove_prefix(static_cast<std::size_t>(written));
    }
    pipe_.reset();
  }

 private:
  std::string_view left_;
  Descriptor pipe_;
};

struct Outputs {
  explicit Outputs(const CommandOutput::OnLine& on_line) : out(on_line), err(on_line) {}

  CommandOutput::OnLine no_lines;
  CommandOutput out;
  CommandOutput err;
  CommandOutput data{no_lines};

  [[nodiscard]] bool open() const {
    return out.descriptor() >= 0 || err.descriptor() >= 0 || data.descriptor() >= 0;
  }
  void take() {
    out.take();
    err.take();
    data.take();
  }
};

/// When a program is killed; or never.
class Deadline {
 public:
  explicit Deadline(std::optional<std::chrono::milliseconds> limit) {
    if (limit) end_ = std::chrono::steady_clock::now() + *limit;
  }
  /// In milliseconds, for poll().
  [[nodiscard]] int left() const {
    if (!end_) return -1;
    const auto time =
        std::chrono::ceil<std::chrono::milliseconds>(*end_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(time.count(), 0));
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> end_;
};

/// Moves bytes in both directions until the program has ended. Returns the status of waitpid;
/// nothing if it had to be killed at the deadline.
std::optional<int> attend(Child& child, Input& input, Outputs& outputs, const Deadline& deadline) {
  bool passed_on = false;
  bool ended = false;
  while (!ended && (child.descriptor() >= 0 || outputs.open())) {
    std::array<pollfd, 6> wanted{{{outputs.out.descriptor(), POLLIN, 0},
                                  {outputs.err.descriptor(), POLLIN, 0},
                                  {input.descriptor(), POLLOUT, 0},
                                  {child.descriptor(), POLLIN, 0},
                                  {passed_on ? -1 : interrupt_descriptor(), POLLIN, 0},
                                  {outputs.data.descriptor(), POLLIN, 0}}};
    const int ready = ::poll(wanted.data(), wanted.size(), deadline.left());
    if (deadline.left() == 0 && (ready <= 0 || wanted[3].revents == 0)) {
      child.signal(SIGKILL);
      child.wait();
      return std::nullopt;
    }
    if (ready < 0) continue;
    // The end is looked at before the outputs: what the program wrote is then still read below.
    ended = wanted[3].revents != 0;
    outputs.take();
    if (wanted[2].revents != 0) input.give();
    if (wanted[4].revents != 0) {
      passed_on = true;
      if (!interrupt_came_from_terminal()) child.signal(interrupted_by());
    }
  }
  return child.wait();
}

void connect_output(SpawnPlan& plan, Output how, int theirs, CommandOutput& output,
                    Descriptor& end) {
  if (how == Output::discard) return plan.open(theirs, "/dev/null", O_WRONLY);
  if (how == Output::pass_through) return plan.connect(STDERR_FILENO, theirs);
  end = output.make_pipe();
  plan.connect(end.get(), theirs);
}

/// What waitpid() tells, without outputs.
Exit exit_of(int status) {
  Exit result;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.status = result.signal != 0 ? 128 + result.signal : WEXITSTATUS(status);
  return result;
}

class SystemProcesses final : public Processes {
 public:
  Exit run(const Command& command) override {
    const fs::path program = existing_program(command.argv);
    const InterruptWatch watch;
    throw_if_interrupted();
    Input input(command.input);
    Outputs outputs(command.on_line);
    Child child(start(program, command, input, outputs));
    const auto status = attend(child, input, outputs, Deadline(command.limit));
    if (!status)
      throw Error(
          ErrorKind::unavailable,
          fmt::format("the program '{}' did not end within {} s and was killed", command.argv[0],
                      std::chrono::ceil<std::chrono::seconds>(*command.limit).count()));
    Exit result = exit_of(*status);
    result.out = outputs.out.finish();
    result.err = outputs.err.finish();
    result.data = outputs.data.finish();
    throw_if_interrupted();
    return result;
  }

  int spawn_detached(const std::vector<std::string>& argv, const fs::path& log) override {
    const fs::path program = existing_program(argv);
    const Descriptor opened(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!opened.open()) throw system_error(fmt::format("write '{}'", log.string()), errno);
    SpawnPlan plan;
    plan.flags(POSIX_SPAWN_SETSID);
    plan.open(STDIN_FILENO, "/dev/null", O_RDONLY);
    plan.connect(opened.get(), STDOUT_FILENO);
    plan.connect(opened.get(), STDERR_FILENO);
    return plan.spawn(program, argv, merged_environment({}));
  }

  std::optional<Exit> ended(int process) override {
    int status = 0;
    if (::waitpid(process, &status, WNOHANG) != process) return std::nullopt;
    return exit_of(status);
  }

  std::optional<fs::path> find_program(const std::string& name) const override {
    if (name.find('/') != std::string::npos) {
      if (is_program(name)) return name;
      return std::nullopt;
    }
    const char* variable = std::getenv("PATH");
    const std::string path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    for (const std::string_view directory : text::split(path, ':')) {
      if (directory.empty() || name.empty()) continue;  // never the working directory by accident
      if (const fs::path program = fs::path(directory) / name; is_program(program)) return program;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] fs::path existing_program(const std::vector<std::string>& argv) const {
    if (argv.empty()) throw Error(ErrorKind::invalid, "there is no program to run");
    for (const std::string& argument : argv) {
      if (argument.find('\0') != std::string::npos) {
        throw Error(ErrorKind::invalid,
                    fmt::format("an argument of '{}' contains a NUL byte", argv[0]));
      }
    }
    if (const auto found = find_program(argv[0])) return *found;
    const std::string hint = install_hint(argv[0]);
    throw Error(ErrorKind::unavailable,
                fmt::format("the program '{}' is not installed{}{}", argv[0],
                            hint.empty() ? "" : "; install it with: ", hint));
  }

  static pid_t start(const fs::path& program, const Command& command, Input& input,
                     Outputs& outputs) {
    SpawnPlan plan;
    Descriptor in_end;
    Descriptor out_end;
    Descriptor err_end;
    Descriptor data_end;
    if (command.input.empty()) {
      plan.open(STDIN_FILENO, "/dev/null", O_RDONLY);
    } else {
      in_end = input.make_pipe();
      plan.connect(in_end.get(), STDIN_FILENO);
    }
    connect_output(plan, command.out, STDOUT_FILENO, outputs.out, out_end);
    connect_output(plan, command.err, STDERR_FILENO, outputs.err, err_end);
    if (command.data) {
      data_end = outputs.data.make_pipe();
      plan.connect_data(data_end.get());
    }
    plan.directory(command.directory);
    return plan.spawn(fs::absolute(program), command.argv, merged_environment(command.environment));
  }
};

}  // namespace

std::string install_hint(std::string_view program) {
  static const std::map<std::string_view, std::string_view> packages{
      {"buildah", "buildah"},
      {"curl", "curl"},
      {"docker", "docker.io"},
      {"envsubst", "gettext-base"},
      {"git", "git"},
      {"openssl", "openssl"},
      {"pkcs11-tool", "opensc"},
      {"podman", "podman"},
      {"skopeo", "skopeo"},
      {"tpm2_ecdhzgen", "tpm2-tools"},
      {"tpm2_getcap", "tpm2-tools"},
      {"tpm2_readpublic", "tpm2-tools"},
  };
  if (program == "helm") return "see https://helm.sh/docs/intro/install";
  if (program == "kubectl") return "see https://kubernetes.io/docs/tasks/tools";
  const auto found = packages.find(program);
  if (found == packages.end()) return "";
  return fmt::format("sudo apt-get install {}", found->second);
}

std::unique_ptr<Processes> system_processes() {
  return std::make_unique<SystemProcesses>();
}

}  // namespace sconectl::host
