#include "casd/store/verification.hpp"

namespace sconectl::casd {

namespace {

/// Not what was found: that is for the log, not for every client.
diag::Error refusal() {
  return {
      diag::ErrorKind::unavailable,
      "the CAS serves nothing, because its database is damaged; its operator has to put it back "
      "from a copy"};
}

}  // namespace

Verification::~Verification() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Verification::run() {
  work_(stop_);
  end(State::passed);
}

void Verification::start() {
  thread_ = std::thread([this] {
    try {
      run();
    } catch (const diag::Error& fault) {
      fail(fault);
    } catch (const std::exception&) {
      fail({diag::ErrorKind::failed, "the CAS database could not be verified"});
    }
  });
}

void Verification::fail(const diag::Error& fault) {
  if (end(State::failed) && !stop_ && on_fault_) on_fault_(fault);
}

bool Verification::passed() const {
  const State state = state_;
  if (state == State::failed) throw refusal();
  return state == State::passed;
}

void Verification::wait() const {
  if (passed()) return;
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return state_ != State::running; });
  (void)passed();
}

bool Verification::end(State state) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::running) return false;
  state_ = state;
  ended_.notify_all();
  return true;
}

}  // namespace sconectl::casd
