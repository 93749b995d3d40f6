#include "become.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "sconectl/diag/error.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

bool is_executable(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

/// What we ignore, block or handle ourselves must not be inherited.
void restore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) {
    std::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

void forbid_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

std::string program_file(const Launch& launch) {
  const std::string& name = launch.argv.at(0);
  if (name.find('/') != std::string::npos) return name;  // execve says what is wrong with it
  for (std::size_t start = 0; start <= launch.path.size() && !name.empty();) {
    const std::size_t end = std::min(launch.path.find(':', start), launch.path.size());
    std::string directory = launch.path.substr(start, end - start);
    start = end + 1;
    if (directory.empty()) directory = ".";
    std::string file = fmt::format("{}/{}", directory, name);
    if (is_executable(file)) return file;
  }
  throw Error(ErrorKind::unavailable,
              fmt::format("the program '{}' of the session's command is not in this image (looked "
                          "in {})",
                          name, launch.path));
}

void become(Launch& launch) {
  if (::chdir(launch.directory.c_str()) != 0) {
    throw Error(ErrorKind::unavailable,
                fmt::format("can not change to the working directory '{}': {}", launch.directory,
                            reason(errno)));
  }
  const std::string file = program_file(launch);
  const std::vector<char*> argv = pointers(launch.argv);
  const std::vector<char*> environment = pointers(launch.environment);
  restore_signals();
  ::execve(file.c_str(), argv.data(), environment.data());
  const int error = errno;
  const bool exists = ::access(file.c_str(), F_OK) == 0;
  throw Error(
      ErrorKind::unavailable,
      fmt::format("can not run '{}': {}{}", file, reason(error),
                  error == ENOENT && exists ? " (its interpreter is not in this image)" : ""));
}

}  // namespace sconectl::launch
