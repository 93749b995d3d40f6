#include "casd/store/shared_look.hpp"

namespace sconectl::casd {

void SharedLook::wait() {
  std::unique_lock lock(mutex_);
  const auto wanted = begun_ + 1;
  while (done_ < wanted) {
    if (looking_) {
      ended_.wait(lock);
      continue;
    }
    looking_ = true;
    const auto number = ++begun_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      look_();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    looking_ = false;
    done_ = number;
    failure_ = failure;
    ended_.notify_all();
  }
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace sconectl::casd
