#include "sconectl/host/signals.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <string_view>
#include <utility>

#include "interrupt.hpp"
#include "posix.hpp"

namespace sconectl::host {

namespace {

// A signal handler can reach only what is static. All of it belongs to the outermost watch.
volatile std::sig_atomic_t arrived = 0;
volatile std::sig_atomic_t from_terminal = 0;
volatile std::sig_atomic_t wake_descriptor = -1;
volatile std::sig_atomic_t request_descriptor = -1;
volatile std::sig_atomic_t outlives_terminal = 0;

struct Watching {
  std::mutex mutex;
  int depth = 0;
  std::array<int, 2> pipe{-1, -1};
  struct sigaction interrupt {};
  struct sigaction terminate {};
  struct sigaction broken_pipe {};
};

Watching& watching() {
  static Watching state;
  return state;
}

/// The first signal asks; a second one ends the process at once, as if nobody watched.
void on_signal(int signal, siginfo_t* cause, void* /*context*/) {
  if (arrived != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  arrived = signal;
  from_terminal = cause != nullptr && cause->si_code == SI_KERNEL ? 1 : 0;
  const int saved = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_descriptor, &byte, 1);
  errno = saved;
}

constexpr char reload_request = 'r';
constexpr char snapshot_request = 's';

void on_request(int signal, siginfo_t* cause, void* context) {
  if (signal == SIGHUP && cause != nullptr && cause->si_code == SI_KERNEL) {
    if (outlives_terminal == 0) on_signal(SIGTERM, cause, context);
    return;
  }
  const int saved = errno;
  const char byte = signal == SIGHUP ? reload_request : snapshot_request;
  [[maybe_unused]] const ssize_t written = ::write(request_descriptor, &byte, 1);
  errno = saved;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  Watching& state = watching();
  const std::scoped_lock guard(state.mutex);
  if (state.depth++ > 0) return;
  if (::pipe2(state.pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    state.depth = 0;
    throw system_error("watch for signals", errno);
  }
  arrived = 0;
  wake_descriptor = state.pipe[1];
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags =
      SA_SIGINFO;  // without SA_RESTART: a blocking call ends and can look at the flag
  ::sigaction(SIGINT, &action, &state.interrupt);
  ::sigaction(SIGTERM, &action, &state.terminate);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &state.broken_pipe);
}

InterruptWatch::~InterruptWatch() {
  Watching& state = watching();
  const std::scoped_lock guard(state.mutex);
  if (--state.depth > 0) return;
  ::sigaction(SIGINT, &state.interrupt, nullptr);
  ::sigaction(SIGTERM, &state.terminate, nullptr);
  ::sigaction(SIGPIPE, &state.broken_pipe, nullptr);
  wake_descriptor = -1;
  for (int& end : state.pipe) {
    ::close(end);
    end = -1;
  }
}

int interrupted_by() {
  return arrived;
}

void throw_if_interrupted() {
  if (arrived == 0 || wake_descriptor < 0) return;
  throw diag::Error(diag::ErrorKind::interrupted,
                    fmt::format("interrupted by {}", arrived == SIGINT ? "SIGINT" : "SIGTERM"));
}

int wait_for_interrupt() {
  pollfd wake{interrupt_descriptor(), POLLIN, 0};
  while (arrived == 0) ::poll(&wake, 1, -1);
  return arrived;
}

RequestWatch::RequestWatch() {
  if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw system_error("watch for signals", errno);
  request_descriptor = pipe_[1];
  struct sigaction action {};
  action.sa_sigaction = on_request;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGHUP, nullptr, &hang_up_before_);
  outlives_terminal = hang_up_before_.sa_handler == SIG_IGN ? 1 : 0;  // nohup
  ::sigaction(SIGHUP, &action, nullptr);
  ::sigaction(SIGUSR1, &action, &user_before_);
}

RequestWatch::~RequestWatch() {
  ::sigaction(SIGHUP, &hang_up_before_, nullptr);
  ::sigaction(SIGUSR1, &user_before_, nullptr);
  request_descriptor = -1;
  for (const int end : pipe_) ::close(end);
}

RequestWatch::Event RequestWatch::wait(std::optional<std::chrono::milliseconds> longest) const {
  const auto end = std::chrono::steady_clock::now() + longest.value_or(std::chrono::hours(1));
  for (;;) {
    if (arrived != 0) return Event::interrupt;
    if (std::exchange(reload_, false)) return Event::reload;
    if (std::exchange(snapshot_, false)) return Event::snapshot;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (longest && left.count() <= 0) return Event::time;
    std::array<pollfd, 2> wake{{{interrupt_descriptor(), POLLIN, 0}, {pipe_[0], POLLIN, 0}}};
    ::poll(wake.data(), wake.size(), longest ? static_cast<int>(left.count()) : -1);
    std::array<char, 64> bytes{};
    for (ssize_t count = 0; (count = ::read(pipe_[0], bytes.data(), bytes.size())) > 0;) {
      const std::string_view requests(bytes.data(), static_cast<std::size_t>(count));
      reload_ = reload_ || requests.find(reload_request) != std::string_view::npos;
      snapshot_ = snapshot_ || requests.find(snapshot_request) != std::string_view::npos;
    }
  }
}

int interrupt_descriptor() {
  return watching().pipe[0];
}

bool interrupt_came_from_terminal() {
  return from_terminal != 0;
}

}  // namespace sconectl::host
