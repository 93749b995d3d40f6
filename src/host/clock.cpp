#include "sconectl/host/clock.hpp"

#include <algorithm>
#include <thread>

#include "sconectl/host/signals.hpp"

namespace sconectl::host {

namespace {

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::now();
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }
  void sleep(std::chrono::milliseconds duration) override {
    const auto end = steady() + duration;
    for (auto at = steady(); at < end; at = steady()) {
      throw_if_interrupted();
      std::this_thread::sleep_for(
          std::min<std::chrono::steady_clock::duration>(interrupt_latency, end - at));
    }
    throw_if_interrupted();
  }
};

}  // namespace

std::unique_ptr<Clock> system_clock() {
  return std::make_unique<SystemClock>();
}

}  // namespace sconectl::host
