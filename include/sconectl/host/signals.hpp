// SIGINT, SIGTERM, SIGHUP and SIGUSR1.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <optional>

namespace sconectl::host {

/// The longest time until a waiting program notices a signal.
inline constexpr std::chrono::milliseconds interrupt_latency{50};

/// While an object lives, SIGINT and SIGTERM set a flag instead of ending the process, so that
/// temporary files are removed on the way out. Objects nest. SIGPIPE is ignored too.
class InterruptWatch {
 public:
  InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch();
};

/// The signal (SIGINT or SIGTERM) that arrived while watched, or 0. It stays set until the next
/// outermost InterruptWatch.
[[nodiscard]] int interrupted_by();

/// Throws Error{interrupted} if a signal arrived and an InterruptWatch lives.
void throw_if_interrupted();

/// Waits until SIGINT or SIGTERM arrives (inside an InterruptWatch) and returns it.
int wait_for_interrupt();

/// While it lives, inside an InterruptWatch, SIGHUP asks to reload and SIGUSR1 for a snapshot. A
/// SIGHUP that the kernel sends
/// because the terminal is gone counts as SIGTERM, unless it was ignored before (nohup). One at a
/// time.
class RequestWatch {
 public:
  RequestWatch();
  RequestWatch(const RequestWatch&) = delete;
  RequestWatch& operator=(const RequestWatch&) = delete;
  ~RequestWatch();

  enum class Event { interrupt, reload, snapshot, time };
  /// Waits for the first of them; without `longest` no time ends it. Several signals of a kind that
  /// came meanwhile are one.
  [[nodiscard]] Event wait(std::optional<std::chrono::milliseconds> longest) const;

 private:
  std::array<int, 2> pipe_{-1, -1};
  struct sigaction hang_up_before_ {};
  struct sigaction user_before_ {};
  mutable bool reload_ = false, snapshot_ = false;  ///< asked for, and not yet told
};

}  // namespace sconectl::host
