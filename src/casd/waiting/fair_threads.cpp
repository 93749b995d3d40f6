#include "casd/waiting/fair_threads.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
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

/// The source that comes after the one whose turn it was, of those that may have another job.
FairThreads::Queues::iterator FairThreads::turn() {
  const auto may = [this](const auto& queue) {
    const auto found = running_.find(queue.first);
    return found == running_.end() || found->second < most_of_one_;
  };
  const auto after = queued_.upper_bound(last_);
  const auto found = std::find_if(after, queued_.end(), may);
  if (found != queued_.end()) return found;
  const auto before = std::find_if(queued_.begin(), after, may);
  return before != after ? before : queued_.end();
}

FairThreads::Next FairThreads::next() {
  const auto queue = turn();
  last_ = queue->first;
  Next result{queue->first, std::move(queue->second.front())};
  queue->second.pop_front();
  if (queue->second.empty()) queued_.erase(queue);
  --jobs_;
  ++running_[result.source];
  return result;
}

void FairThreads::done(const std::string& source) {
  const auto found = running_.find(source);
  if (--found->second == 0) running_.erase(found);
  // Another of its jobs may begin now, or the end may have come.
  if (ending_ || queued_.contains(source)) arrived_.notify_all();
}

void FairThreads::serve() {
  // Linux has a niceness for each thread.
  if (niceness_ != 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness_);
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    arrived_.wait(lock, [this] { return (ending_ && jobs_ == 0) || turn() != queued_.end(); });
    --idle_;
    if (jobs_ == 0) return;
    std::string source;
    {
      const Next now = next();
      source = now.source;
      lock.unlock();
      now.job();
    }
    lock.lock();
    done(source);
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
