// The time.
#pragma once

#include <chrono>
#include <memory>

namespace sconectl::host {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// The calendar time, UTC.
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const = 0;
  /// A time that only grows, to measure how long something takes.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
  /// Waits. Throws Error{interrupted} if interrupts are watched (signals.hpp) and one comes.
  virtual void sleep(std::chrono::milliseconds duration) = 0;
};

[[nodiscard]] std::unique_ptr<Clock> system_clock();

}  // namespace sconectl::host
