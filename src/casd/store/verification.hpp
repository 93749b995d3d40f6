// The look at every row of the database, which may go on while the CAS serves already.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

class Verification {
 public:
  /// Throws the Error that tells what is wrong; stops early, with any exception, when told to.
  using Work = std::function<void(const std::atomic<bool>& stop)>;
  using OnFault = std::function<void(const diag::Error&)>;

  /// `on_fault` is told once what was found while the CAS serves.
  Verification(Work work, OnFault on_fault)
      : work_(std::move(work)), on_fault_(std::move(on_fault)) {}
  /// Stops it.
  ~Verification();
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;

  /// Does it now. Throws what it finds.
  void run();
  /// Does it in a thread of its own.
  void start();
  /// Somebody else has found a fault while this goes on.
  void fail(const diag::Error& fault);

  /// All is well, and has been looked at. Throws Error{unavailable} once a fault is known.
  [[nodiscard]] bool passed() const;
  /// Returns when all has been looked at and is well; else as passed().
  void wait() const;
  [[nodiscard]] bool failed() const { return state_ == State::failed; }
  [[nodiscard]] bool ended_well() const { return state_ == State::passed; }

 private:
  enum class State { running, passed, failed };
  /// False if it had ended already.
  bool end(State state);

  const Work work_;
  const OnFault on_fault_;
  std::atomic<bool> stop_ = false;
  std::atomic<State> state_ = State::running;
  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  std::thread thread_;
};

}  // namespace sconectl::casd
