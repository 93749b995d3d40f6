// A clock that moves only when told, or slept on. Threads may look at it while it moves.
#pragma once

#include <mutex>

#include "sconectl/host/clock.hpp"

namespace sconectl::test {

class FixedClock final : public host::Clock {
 public:
  /// Starts at 2024-01-02T03:04:05Z.
  explicit FixedClock(std::chrono::system_clock::time_point now =
                          std::chrono::system_clock::time_point(std::chrono::seconds(1704164645)))
      : now_(now) {}

  [[nodiscard]] std::chrono::system_clock::time_point now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    const std::scoped_lock lock(mutex_);
    return std::chrono::steady_clock::time_point(slept_ + advanced_);
  }
  void sleep(std::chrono::milliseconds duration) override {
    const std::scoped_lock lock(mutex_);
    now_ += duration;
    slept_ += duration;
  }
  void advance(std::chrono::milliseconds duration) {
    const std::scoped_lock lock(mutex_);
    now_ += duration;
    advanced_ += duration;
  }
  [[nodiscard]] std::chrono::milliseconds slept() const {
    const std::scoped_lock lock(mutex_);
    return slept_;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::system_clock::time_point now_;
  std::chrono::milliseconds slept_{0};
  std::chrono::milliseconds advanced_{0};
};

}  // namespace sconectl::test
