// Threads for work that takes time, shared fairly between those who cause it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sconectl::casd {

/// So many jobs at a time. Who has many waits behind his own: the sources take turns, whoever came
/// first among those of one source. Safe to use from several threads.
class FairThreads {
 public:
  /// Threads are made when they are needed first. `niceness` as of nice(1): above 0, they leave the
  /// processor to whoever serves connections.
  /// `most_of_one`: jobs of one source at a time.
  explicit FairThreads(std::size_t threads, int niceness = 0,
                       std::size_t most_of_one = std::numeric_limits<std::size_t>::max())
      : most_threads_(threads), niceness_(niceness), most_of_one_(most_of_one) {}
  /// As join().
  ~FairThreads() { join(); }
  FairThreads(const FairThreads&) = delete;
  FairThreads& operator=(const FairThreads&) = delete;

  using Job = std::function<void()>;
  /// `source` is who causes the work, for example an address. The job must not throw. After join()
  /// nothing is done any more.
  void post(const std::string& source, Job job);
  /// Does what was posted, and ends.
  void join();
  /// As join(), without what has not begun.
  void stop();

 private:
  using Queues = std::map<std::string, std::deque<Job>>;
  struct Next {
    std::string source;
    Job job;
  };
  void serve();
  [[nodiscard]] Queues::iterator turn();
  [[nodiscard]] Next next();
  void done(const std::string& source);

  const std::size_t most_threads_;
  const int niceness_;
  const std::size_t most_of_one_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  /// Source -> its jobs; never an empty one.
  Queues queued_;
  std::map<std::string, std::size_t> running_;  ///< jobs of each source that has any
  std::string last_;                            ///< the source whose turn it was
  std::size_t idle_ = 0;
  std::size_t jobs_ = 0;  ///< in queued_
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sconectl::casd
