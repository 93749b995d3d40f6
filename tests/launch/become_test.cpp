#include "launch/become.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/program.hpp"
#include "support/matchers.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;

class Become : public testing::Test {
 protected:
  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory temporary_{*files_, "sconectl-test-"};
  std::filesystem::path here_ = temporary_.path();

  Launch shell(const std::string& script) {
    Launch launch;
    launch.argv = {"sh", "-c", "exec > '" + (here_ / "out").string() + "' 2>&1\n" + script};
    launch.path = "/usr/bin:/bin";
    launch.directory = "/";
    return launch;
  }

  /// Runs in a child what never returns, and gives its exit status.
  static int in_child(const std::function<void()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        act();
      } catch (const Error&) {
        ::_exit(99);
      }
      ::_exit(98);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string output() { return files_->read(here_ / "out"); }

  static std::string refusal(const Launch& launch) {
    try {
      (void)program_file(launch);
    } catch (const Error& error) {
      return error.text();
    }
    return "";
  }
};

TEST_F(Become, SL076_the_program_sees_exactly_the_environment) {
  ::setenv("LEAK_FROM_HOST", "x", 1);
  Launch launch = shell("/usr/bin/env");
  launch.environment = {"A=1", "B=two = 2"};
  EXPECT_EQ(in_child([&] { become(launch); }), 0);
  // The shell itself adds PWD and the like; nothing of the host's may be among it.
  EXPECT_THAT(output(), test::HasButNot("A=1\n", "LEAK_FROM_HOST"));
  EXPECT_THAT(output(), test::HasButNot("B=two = 2\n", "HOME="));
}

TEST_F(Become, arguments_arrive_as_they_are_and_the_directory_is_the_sessions) {
  Launch launch = shell("printf '[%s]' \"$@\"; pwd -P");
  launch.argv.insert(launch.argv.end(), {"zero", "a b", "", "$(x)"});
  launch.directory = here_;
  EXPECT_EQ(in_child([&] { become(launch); }), 0);
  EXPECT_EQ(output(), "[a b][][$(x)]" + std::filesystem::canonical(here_).string() + "\n");
}

TEST_F(Become, no_core_files_and_no_inherited_signal_settings) {
  Launch launch = shell("ulimit -c; grep -E '^Sig(Ign|Blk)' /proc/self/status");
  EXPECT_EQ(in_child([&] {
              std::signal(SIGPIPE, SIG_IGN);
              std::signal(SIGTERM, SIG_IGN);
              sigset_t block;
              sigfillset(&block);
              ::sigprocmask(SIG_BLOCK, &block, nullptr);
              host::forbid_dumps();
              become(launch);
            }),
            0);
  EXPECT_EQ(output(), "0\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(Become, the_program_is_looked_up_in_the_sessions_path) {
  std::ofstream(here_ / "tool") << "#!/bin/sh\nexit 42\n";
  Launch launch;
  launch.argv = {"tool"};
  launch.directory = "/";
  launch.path = "/usr/bin:" + here_.string();
  EXPECT_NE(refusal(launch).find("'tool'"), std::string::npos) << "not executable yet";
  ::chmod((here_ / "tool").c_str(), 0700);
  EXPECT_EQ(program_file(launch), here_ / "tool");
  EXPECT_EQ(in_child([&] { become(launch); }), 42);
  launch.argv = {"./tool"};
  launch.directory = here_;
  EXPECT_EQ(in_child([&] { become(launch); }), 42) << "relative to the working directory";
}

TEST_F(Become, what_can_not_run_is_an_error) {
  Launch launch;
  launch.path = "/usr/bin";
  launch.directory = "/";
  launch.argv = {"/no/such/program"};
  EXPECT_EQ(in_child([&] { become(launch); }), 99);
  launch.argv = {""};
  EXPECT_EQ(in_child([&] { become(launch); }), 99);
  launch.argv = {"/bin/sh"};
  launch.directory = "/no/such/directory";
  EXPECT_EQ(in_child([&] { become(launch); }), 99);
}

}  // namespace
}  // namespace sconectl::launch
