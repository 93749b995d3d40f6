// The one writer of the database, with group commit.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "casd/store/sqlite.hpp"

namespace sconectl::casd {

/// All writes of the CAS, one after the other, in one thread. Whatever waits while a transaction is
/// synced to disk goes together into the next one, so that many clients share one sync. Each piece
/// of work stands in its own savepoint: one that fails takes nothing with it.
class Writer {
 public:
  using Work = std::function<void(Connection&)>;

  /// What is done when a transaction is on the disk, or was undone, and nobody was told yet. Says
  /// whether all is well.
  using AfterTransaction = std::function<bool(bool stored)>;

  /// How long a transaction took, and whether it is on the disk.
  using OnCommit = std::function<void(std::chrono::nanoseconds took, bool stored)>;

  /// `before_commit` runs once per transaction, inside it.
  Writer(const std::string& path, Work before_commit, AfterTransaction after,
         OnCommit on_commit = {});
  /// Finishes what is queued.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs the work and returns when it is durable. Throws what the work threw, or the database's
  /// Error if the commit failed; then nothing of it is stored. Must not be called by work. `kept`
  /// is called after the work, in the same thread, if it is part of the transaction.
  void run(const Work& work, const std::function<void()>& kept);

  /// The last transaction reached the disk, and all was well after it.
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  struct Job {
    const Work* work;
    const std::function<void()>* kept;
    std::exception_ptr failure;
    bool done = false;
  };

  void serve();
  /// Runs jobs in one transaction; returns how many of them it dealt with.
  std::size_t run_batch(const std::vector<Job*>& batch);
  void ended(std::chrono::steady_clock::time_point began, bool stored) const;

  Connection connection_;
  Work before_commit_;
  AfterTransaction after_;
  const OnCommit on_commit_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  std::vector<Job*> queue_;
  bool stopping_ = false;
  std::atomic<bool> healthy_ = true;
  std::thread thread_;
};

}  // namespace sconectl::casd
