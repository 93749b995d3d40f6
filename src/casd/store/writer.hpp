// The one writer of the database, with group commit.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "casd/store/database.hpp"

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

  /// What is done with each transaction, by the writer's thread.
  struct Steps {
    Work at_begin = {};       ///< inside it, first
    Work before_commit = {};  ///< inside it, last
    AfterTransaction after;
    OnCommit on_commit = {};
    /// Whether the last transaction is stored of which nobody can tell, because the connection was
    /// lost during its commit; on a new one, on which nobody else writes. Not for a database that
    /// can not be lost like this.
    std::function<bool(Connection&)> was_stored = {};
  };
  /// `database` must live as long.
  Writer(const Database& database, Steps steps);
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
  /// What went wrong with it, if something did.
  [[nodiscard]] std::exception_ptr begin();
  /// Runs jobs in the transaction that was begun; returns how many of them it dealt with.
  std::size_t run_batch(const std::vector<Job*>& batch, const std::exception_ptr& not_begun,
                        std::chrono::steady_clock::time_point began);
  void ended(std::chrono::steady_clock::time_point began, bool stored) const;

  void connect();
  void run_job(Job& job);
  void commit();
  [[nodiscard]] bool is_stored_after_all();

  const Database& database_;
  const Steps steps_;
  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  std::vector<Job*> queue_;
  bool stopping_ = false;
  std::atomic<bool> healthy_ = true;
  std::thread thread_;
};

}  // namespace sconectl::casd
