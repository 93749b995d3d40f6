#include "support/real_tool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sconectl::test {
namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  }
  ~Pipe() {
    drop(0);
    drop(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] int reads() const { return ends[0]; }
  [[nodiscard]] int writes() const { return ends[1]; }
  void drop(std::size_t end) {
    if (ends.at(end) >= 0) close(ends.at(end));
    ends.at(end) = -1;
  }
};

[[noreturn]] void become(const std::vector<std::string>& arguments, const Pipe& in, const Pipe& out,
                         const Pipe& err) {
  dup2(in.reads(), STDIN_FILENO);
  dup2(out.writes(), STDOUT_FILENO);
  dup2(err.writes(), STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
  _exit(127);
}

/// Reads what is there; false at the end.
bool drain(int descriptor, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t size = read(descriptor, buffer.data(), buffer.size());
  if (size <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

/// Feeds and reads all three at once: a tool may answer before it has read everything.
void exchange(std::string_view input, Pipe& in, Pipe& out, Pipe& err, ToolResult& result) {
  if (input.empty()) in.drop(1);
  bool more_out = true;
  bool more_err = true;
  while (more_out || more_err) {
    std::array<pollfd, 3> waits{{{more_out ? out.reads() : -1, POLLIN, 0},
                                 {more_err ? err.reads() : -1, POLLIN, 0},
                                 {in.writes(), POLLOUT, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0) return;
    if (waits[0].revents != 0) more_out = drain(out.reads(), result.out);
    if (waits[1].revents != 0) more_err = drain(err.reads(), result.err);
    if (waits[2].revents != 0) {
      const std::size_t at_once = input.size() < 4096 ? input.size() : 4096;
      const ssize_t size = write(in.writes(), input.data(), at_once);
      input.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : input.size());
      if (input.empty()) in.drop(1);
    }
  }
}

}  // namespace

ToolResult run_tool(const std::vector<std::string>& arguments, std::string_view input) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe in;
  Pipe out;
  Pipe err;
  ToolResult result;
  const pid_t child = fork();
  if (child < 0) return result;
  if (child == 0) become(arguments, in, out, err);
  in.drop(0);
  out.drop(1);
  err.drop(1);
  exchange(input, in, out, err, result);
  int status = 0;
  if (waitpid(child, &status, 0) == child && WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "sconectl-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::file(const std::string& name, std::string_view content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string Scratch::read(const std::string& name) const {
  std::ifstream file(path_ + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sconectl::test
