#include "sconectl/host/hangup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "posix.hpp"

namespace sconectl::host {

namespace {

/// A signal handler can reach only what is static.
volatile std::sig_atomic_t hangup_wake = -1;

void on_hangup(int /*signal*/) {
  const int saved = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(hangup_wake, &byte, 1);
  errno = saved;
}

}  // namespace

struct HangupWatch::Watching {
  std::function<void()> act;
  std::array<int, 2> pipe{-1, -1};
  struct sigaction before {};
  std::thread thread;
};

HangupWatch::HangupWatch(std::function<void()> act) : watching_(std::make_unique<Watching>()) {
  auto& watching = *watching_;
  watching.act = std::move(act);
  if (::pipe2(watching.pipe.data(), O_CLOEXEC) != 0) throw system_error("watch for signals", errno);
  hangup_wake = watching.pipe[1];
  watching.thread = std::thread([&watching] {
    char byte = 0;
    for (ssize_t got = 0; (got = ::read(watching.pipe[0], &byte, 1)) != 0;) {
      if (got < 0 && errno != EINTR) return;
      if (got < 0) continue;
      if (byte == 0) return;
      watching.act();
    }
  });
  struct sigaction action {};
  action.sa_handler = on_hangup;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGHUP, &action, &watching.before);
}

HangupWatch::~HangupWatch() {
  ::sigaction(SIGHUP, &watching_->before, nullptr);
  const char end = 0;
  [[maybe_unused]] const ssize_t written = ::write(watching_->pipe[1], &end, 1);
  watching_->thread.join();
  hangup_wake = -1;
  for (const int descriptor : watching_->pipe) ::close(descriptor);
}

}  // namespace sconectl::host
