// The launcher that stays: signals, children, exit status.
#include "launch/supervise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/signals.hpp"
#include "support/matchers.hpp"

namespace sconectl::launch {
namespace {

class Supervise : public testing::Test {
 protected:
  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory temporary_{*files_, "sconectl-test-"};
  std::string out_ = (temporary_.path() / "out").string();

  Launch shell(const std::string& script) const {
    Launch launch;
    launch.argv = {"sh", "-c", "OUT='" + out_ + "'; exec >\"$OUT\" 2>&1\n" + script};
    launch.path = "/usr/bin:/bin";
    launch.directory = "/";
    return launch;
  }
  /// Supervises in a child, so that this process keeps its signals; `meanwhile` gets its id.
  int supervised(const std::string& script, const std::function<void(pid_t)>& meanwhile = {}) {
    const pid_t supervisor = ::fork();
    if (supervisor == 0) {
      Launch launch = shell(script);
      try {
        ::_exit(supervise(launch, {}));
      } catch (const diag::Error&) {
        ::_exit(99);
      }
    }
    if (meanwhile) meanwhile(supervisor);
    int status = 0;
    ::waitpid(supervisor, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] std::string output() const { return files_->read(out_); }
  void wait_for(const std::string& text) const {
    for (int i = 0; i < 1000; ++i) {
      if (files_->read_if_exists(out_).value_or("").find(text) != std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "no '" << text << "'";
  }
};

TEST_F(Supervise, the_exit_status_is_passed_on) {
  EXPECT_EQ(supervised("exit 0"), 0);
  EXPECT_EQ(supervised("exit 42"), 42);
  EXPECT_EQ(supervised("kill -TERM $$"), 128 + SIGTERM);
}

TEST_F(Supervise, a_program_that_is_not_there_is_said_by_who_could_not_become_it) {
  const pid_t supervisor = ::fork();
  if (supervisor == 0) {
    Launch launch;
    launch.argv = {"no-such-program"};
    launch.path = "/bin";
    launch.directory = "/";
    try {
      ::_exit(supervise(launch, {}));
    } catch (const diag::Error&) {
      ::_exit(77);
    }
  }
  int status = 0;
  ::waitpid(supervisor, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 77);
}

TEST_F(Supervise, signals_reach_the_program_once) {
  const auto script =
      "trap 'echo got hup' HUP; trap 'echo got term; exit 3' TERM; echo ready\n"
      "while :; do sleep 0.05; done";
  EXPECT_EQ(supervised(script,
                       [&](pid_t supervisor) {
                         wait_for("ready");
                         ::kill(supervisor, SIGHUP);
                         wait_for("got hup");
                         ::kill(supervisor, SIGTERM);
                       }),
            3);
  EXPECT_EQ(output(), "ready\ngot hup\ngot term\n");
}

TEST_F(Supervise, a_program_without_a_handler_ends_by_SIGTERM) {
  EXPECT_EQ(supervised("echo ready; exec sleep 100",
                       [&](pid_t supervisor) {
                         wait_for("ready");
                         ::kill(supervisor, SIGTERM);
                       }),
            128 + SIGTERM);
}

TEST_F(Supervise, the_program_has_no_signal_blocked) {
  EXPECT_EQ(supervised("grep -E '^SigBlk' /proc/self/status"), 0);
  EXPECT_EQ(output(), "SigBlk:\t0000000000000000\n");
}

TEST_F(Supervise, orphans_are_taken_in) {
  // A grandchild whose parent ends is ours, and does not stay behind as a zombie.
  EXPECT_EQ(supervised("echo supervisor $PPID\n"
                       "( (sleep 0.2; read -r pid rest </proc/self/stat; set -- $rest\n"
                       "    echo orphan of $3; echo $pid >\"$OUT.pid\") & )\n"
                       "sleep 0.7; test -s \"$OUT.pid\" && ! test -e /proc/$(cat \"$OUT.pid\")"),
            0);
  const auto lines = output();
  const auto supervisor = lines.substr(11, lines.find('\n') - 11);
  EXPECT_EQ(lines, "supervisor " + supervisor + "\norphan of " + supervisor + "\n");
}

TEST_F(Supervise, a_signal_that_came_before_reaches_the_program) {
  const pid_t supervisor = ::fork();
  if (supervisor == 0) {
    const host::InterruptWatch watch;
    ::raise(SIGTERM);
    Launch launch = shell("exec sleep 100");
    ::_exit(supervise(launch, {}));
  }
  int status = 0;
  ::waitpid(supervisor, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

TEST_F(Supervise, it_is_not_taken_for_a_launcher_that_waits) {
  EXPECT_EQ(supervised("sleep 0.2; cat /proc/$PPID/comm"), 0);
  EXPECT_EQ(output(), std::string(supervisor_name) + "\n");
}

}  // namespace
}  // namespace sconectl::launch
