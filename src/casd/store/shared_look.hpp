// One look for all who wait for one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>

namespace sconectl::casd {

/// Whoever asks gets the result of a look that began after he had asked; those who ask while one
/// goes on share the next. Safe to use from several threads.
class SharedLook {
 public:
  explicit SharedLook(std::function<void()> look) : look_(std::move(look)) {}

  /// Throws what the look has thrown.
  void wait();

 private:
  const std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool looking_ = false;
  std::uint64_t begun_ = 0, done_ = 0;
  std::exception_ptr failure_;  ///< of the last one
};

}  // namespace sconectl::casd
