#include "become.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

/// What we ignore, block or handle ourselves must not be inherited.
void restore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) {
    std::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

std::string program_file(const Launch& launch) {
  const std::string& name = launch.argv.at(0);
  if (name.find('/') != std::string::npos) return name;  // execve says what is wrong with it
  for (const std::string_view directory : text::split(launch.path, ':')) {
    // As execvp has it: an empty part is the working directory.
    std::string file = fmt::format("{}/{}", directory.empty() ? "." : directory, name);
    if (!name.empty() && host::is_program(file)) return file;
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
                            host::reason(errno)));
  }
  const std::string file = program_file(launch);
  // Python finds its packages beside the program only if it knows where that is.
  if (file.front() == '/') launch.argv.at(0) = file;
  const std::vector<char*> argv = host::pointers(launch.argv);
  const std::vector<char*> environment = host::pointers(launch.environment);
  restore_signals();
  ::execve(file.c_str(), argv.data(), environment.data());
  const int error = errno;
  const bool exists = ::access(file.c_str(), F_OK) == 0;
  throw Error(
      ErrorKind::unavailable,
      fmt::format("can not run '{}': {}{}", file, host::reason(error),
                  error == ENOENT && exists ? " (its interpreter is not in this image)" : ""));
}

}  // namespace sconectl::launch
