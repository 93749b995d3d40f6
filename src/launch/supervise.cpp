#include "supervise.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include "become.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::launch {

namespace {

/// Nothing is missed between the start of the program and the first look.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigfillset(&all_);
    ::sigprocmask(SIG_SETMASK, &all_, &before_);
  }
  ~AllSignalsBlocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

  [[nodiscard]] int next() const {
    int signal = 0;
    while (::sigwait(&all_, &signal) != 0) {
    }
    return signal;
  }

 private:
  sigset_t all_{};
  sigset_t before_{};
};

/// Without it, who types Ctrl-C would stop only us. SIGTTOU, which is sent for it, is blocked.
void take_terminal() {
  if (::isatty(STDIN_FILENO) != 0) (void)::tcsetpgrp(STDIN_FILENO, ::getpgrp());
}

/// Those about ourselves and about the terminal are not for the program.
bool is_passed_on(int signal) {
  return signal != SIGCHLD && signal != SIGPIPE && signal != SIGTTIN && signal != SIGTTOU &&
         signal != SIGTSTP;
}

/// Takes in all that has ended. The status of the program if it is among them.
std::optional<int> ended(pid_t program) {
  std::optional<int> result;
  while (true) {
    int status = 0;
    const pid_t process = ::waitpid(-1, &status, WNOHANG | WUNTRACED);
    if (process < 0 && errno == EINTR) continue;
    if (process <= 0) return result;
    if (process != program) continue;
    // In a container nobody could continue what Ctrl-Z has stopped.
    if (WIFSTOPPED(status) && ::getpid() == 1) (void)::kill(program, SIGCONT);
    if (WIFEXITED(status) || WIFSIGNALED(status))
      result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

}  // namespace

int supervise(Launch& launch, const std::function<void(int program)>& started) {
  const AllSignalsBlocked signals;
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const pid_t program = ::fork();
  if (program < 0)
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("can not start the program: {}", host::reason(errno)));
  if (program == 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)::setpgid(0, 0);
    take_terminal();
    become(launch);
  }
  (void)::setpgid(program, program);  // whoever of the two is first
  host::name_process(std::string(supervisor_name));
  launch = Launch();
  host::give_back_memory();
  // What came before the signals were blocked.
  if (const int signal = host::interrupted_by(); signal != 0) (void)::kill(program, signal);
  if (started) started(program);
  while (true) {
    const int signal = signals.next();
    if (signal == SIGCHLD) {
      if (const auto status = ended(program)) return *status;
    } else if (is_passed_on(signal)) {
      (void)::kill(program, signal);
    }
  }
}

}  // namespace sconectl::launch
