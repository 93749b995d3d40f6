#include "casd/waiting/fair_threads.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace sconectl::casd {

void FairThreads::post(const std::string& source, Job job) {
  const std::lock_guard lock(mutex_);
  if (ending_) return;
  queued_[source].push_back(std::move(job));
  ++jobs_;
  if (jobs_ > idle_ && threads_.size() < most_threads_)
    threads_.emplace_back([this] { serve(); });
  else
    arrived_.notify_one();
}

/// The first job of the source that comes after the one whose turn it was.
FairThreads::Job FairThreads::next() {
  auto turn = queued_.upper_bound(last_);
  if (turn == queued_.end()) turn = queued_.begin();
  last_ = turn->first;
  Job job = std::move(turn->second.front());
  turn->second.pop_front();
  if (turn->second.empty()) queued_.erase(turn);
  --jobs_;
  return job;
}

void FairThreads::serve() {
  // Linux has a niceness for each thread.
  if (niceness_ != 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness_);
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    arrived_.wait(lock, [this] { return ending_ || jobs_ > 0; });
    --idle_;
    if (jobs_ == 0) return;
    {
      const Job job = next();
      lock.unlock();
      job();
    }
    lock.lock();
  }
}

void FairThreads::stop() {
  decltype(queued_) dropped;  // without the lock: a job's end may take others
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    dropped.swap(queued_);
    jobs_ = 0;
  }
  join();
}

void FairThreads::join() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  arrived_.notify_all();
  for (auto& thread : threads) thread.join();
}

}  // namespace sconectl::casd
