#include "sconectl/host/processes.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {
namespace {

using diag::Error;
using diag::ErrorKind;

class RealProcesses : public testing::Test {
 protected:
  std::unique_ptr<Processes> processes_ = system_processes();
  std::unique_ptr<Files> files_ = system_files();
  TemporaryDirectory temporary_{*files_, "sconectl-test-"};

  Exit shell(const std::string& script, Command command = {}) {
    command.argv = {"/bin/sh", "-c", script};
    return processes_->run(command);
  }
};

TEST_F(RealProcesses, arguments_arrive_as_they_are) {
  Command command;
  command.argv = {"printf", "[%s]", "a b", "$(echo x)", "", "'\"", "-n\n"};
  EXPECT_EQ(processes_->run(command).out, "[a b][$(echo x)][]['\"][-n\n]");
}

TEST_F(RealProcesses, status_signal_and_both_outputs) {
  const Exit exit = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(exit.status, 7);
  EXPECT_FALSE(exit.ok());
  EXPECT_EQ(exit.out, "out\n");
  EXPECT_EQ(exit.err, "err\n");
  const Exit killed = shell("kill -9 $$");
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(killed.status, 128 + SIGKILL);
}

TEST_F(RealProcesses, large_input_and_output_do_not_block_each_other) {
  Command command;
  command.argv = {"cat"};
  command.input = std::string(3'000'000, 'x');
  EXPECT_EQ(processes_->run(command).out, command.input);
}

TEST_F(RealProcesses, a_program_that_ignores_its_input_is_no_error) {
  Command command;
  command.input = std::string(3'000'000, 'x');
  EXPECT_TRUE(shell("exit 0", command).ok());
}

TEST_F(RealProcesses, without_input_stdin_is_empty) {
  EXPECT_EQ(shell("cat").out, "");
}

TEST_F(RealProcesses, environment_is_added_and_replaced) {
  ::setenv("HOST_TEST_A", "ours", 1);
  ::setenv("HOST_TEST_B", "ours", 1);
  Command command;
  command.environment = {{"HOST_TEST_A", "theirs = x"}, {"HOST_TEST_C", ""}};
  EXPECT_EQ(
      shell("printf '%s|%s|%s' \"$HOST_TEST_A\" \"$HOST_TEST_B\" \"${HOST_TEST_C-none}\"", command)
          .out,
      "theirs = x|ours|");
}

TEST_F(RealProcesses, directory) {
  Command command;
  command.directory = temporary_.path();
  EXPECT_EQ(shell("pwd -P", command).out,
            std::filesystem::canonical(temporary_.path()).string() + "\n");
}

TEST_F(RealProcesses, lines_come_whole_and_the_last_one_without_newline_too) {
  Command command;
  std::vector<std::string> lines;
  command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  shell("printf 'a'; sleep 0.05; printf 'b\\n\\nlast'", command);
  EXPECT_EQ(lines, (std::vector<std::string>{"ab", "", "last"}));
}

TEST_F(RealProcesses, an_exception_from_a_listener_ends_the_program) {
  Command command;
  command.on_line = [](std::string_view) { throw Error(ErrorKind::failed, "enough"); };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(shell("echo x; exec sleep 20", command), Error);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(RealProcesses, a_left_over_child_with_the_pipe_does_not_hold_us_up) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("sleep 20 & echo done").out, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(RealProcesses, no_descriptor_of_ours_is_inherited) {
  const int leak = ::dup(1);  // without close-on-exec
  EXPECT_EQ(shell("ls /proc/self/fd | wc -l").out, "4\n") << "0, 1, 2 and the directory itself";
  ::close(leak);
}

TEST_F(RealProcesses, discard_and_capture_are_independent) {
  Command command;
  command.out = Output::discard;
  const Exit exit = shell("echo out; echo err >&2", command);
  EXPECT_EQ(exit.out, "");
  EXPECT_EQ(exit.err, "err\n");
}

TEST_F(RealProcesses, a_missing_program_is_named_with_the_way_to_install_it) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", temporary_.path().c_str(), 1);
  Command command;
  command.argv = {"docker", "info"};
  try {
    processes_->run(command);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.text(),
              "the program 'docker' is not installed; install it with: sudo apt-get install "
              "docker.io");
  }
  EXPECT_FALSE(processes_->find_program("sh"));
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(processes_->find_program("sh"));
  EXPECT_FALSE(processes_->find_program("/etc/passwd")) << "not executable";
  EXPECT_FALSE(processes_->find_program(""));
}

TEST_F(RealProcesses, an_argument_with_nul_is_refused) {
  Command command;
  command.argv = {"echo", std::string("a\0b", 3)};
  EXPECT_THROW(processes_->run(command), Error);
}

TEST_F(RealProcesses, sigterm_is_passed_on_and_reported) {
  const InterruptWatch watch;
  std::thread sender([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    ::kill(::getpid(), SIGTERM);
  });
  const std::string trace = temporary_.path() / "trace";
  try {
    shell("trap 'echo got it > " + trace + "; exit 3' TERM; while :; do sleep 0.05; done");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::interrupted);
  }
  sender.join();
  EXPECT_EQ(interrupted_by(), SIGTERM);
  EXPECT_EQ(files_->read(trace), "got it\n");
}

TEST_F(RealProcesses, what_is_written_to_the_data_path_comes_by_itself) {
  Command command;
  command.argv = {"/bin/sh", "-c", std::string("cat >") + data_path + "; echo words"};
  command.input = "bytes";
  command.data = true;
  const auto exit = processes_->run(command);
  EXPECT_EQ(exit.data, "bytes");
  EXPECT_EQ(exit.out, "words\n");
  EXPECT_EQ(exit.err, "");
}

TEST_F(RealProcesses, a_program_that_hangs_is_killed_whatever_it_ignores) {
  Command command;
  command.argv = {"/bin/sh", "-c", "trap '' TERM; while :; do echo words; done"};
  command.limit = std::chrono::milliseconds(300);
  const auto begin = std::chrono::steady_clock::now();
  try {
    (void)processes_->run(command);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.text(), ::testing::HasSubstr("'/bin/sh' did not end within 1 s"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  command.argv = {"/bin/sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 4"};
  command.limit = std::chrono::seconds(20);
  EXPECT_EQ(processes_->run(command).status, 4);
}

TEST_F(RealProcesses, a_detached_program_has_its_own_session_and_log) {
  const auto log = temporary_.path() / "log";
  const int id =
      processes_->spawn_detached({"/bin/sh", "-c", "echo ready; echo err >&2; exec sleep 30"}, log);
  for (int i = 0; i < 100 && files_->read(log) != "ready\nerr\n"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(files_->read(log), "ready\nerr\n");
  EXPECT_EQ(files_->status(log)->mode, 0600U);
  EXPECT_EQ(::getsid(id), id);
  EXPECT_FALSE(processes_->ended(id));
  ::kill(id, SIGKILL);
}

TEST_F(RealProcesses, how_a_detached_program_ended_is_told_once) {
  const auto wait_for = [&](const std::string& script) {
    const int id = processes_->spawn_detached({"/bin/sh", "-c", script}, temporary_.path() / "log");
    std::optional<Exit> exit;
    for (int i = 0; i < 500 && !exit; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      exit = processes_->ended(id);
    }
    EXPECT_FALSE(processes_->ended(id));
    return exit.value_or(Exit{});
  };
  EXPECT_EQ(wait_for("exit 4").status, 4);
  const Exit killed = wait_for("kill -9 $$");
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(killed.status, 128 + SIGKILL);
}

}  // namespace
}  // namespace sconectl::host
