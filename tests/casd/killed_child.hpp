// A child of the test that is killed in the middle of its work (kill -9).
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace sconectl::test {

/// Runs `work` in a child, which is killed after `time`. What it wrote to `pipe` until then, whole
/// lines only. A child that ends by itself fails the test.
inline std::string told_until_killed(std::chrono::milliseconds time,
                                     const std::function<void(int pipe)>& work) {
  int pipes[2];
  if (pipe(pipes) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(pipes[0]);
    work(pipes[1]);
    _exit(6);
  }
  close(pipes[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(time);
    kill(child, SIGKILL);
  });
  std::string told;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(pipes[0], buffer, sizeof(buffer))) > 0;)
    told.append(buffer, static_cast<std::size_t>(got));
  killer.join();
  close(pipes[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return told.substr(0, told.rfind('\n') + 1);
}

}  // namespace sconectl::test
