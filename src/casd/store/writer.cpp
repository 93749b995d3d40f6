#include "casd/store/writer.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Undoes the open transaction, if SQLite has not done it already.
void roll_back(Connection& connection) {
  if (!connection.idle()) connection.execute("ROLLBACK");
}

}  // namespace

Writer::Writer(const std::string& path, Work before_commit, AfterTransaction after,
               OnCommit on_commit)
    : connection_(path, Connection::Mode::read_write),
      before_commit_(std::move(before_commit)),
      after_(std::move(after)),
      on_commit_(std::move(on_commit)) {
  connection_.execute("PRAGMA synchronous = FULL");
  thread_ = std::thread([this] { serve(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void Writer::run(const Work& work, const std::function<void()>& kept) {
  Job job{.work = &work, .kept = &kept, .failure = nullptr};
  std::unique_lock lock(mutex_);
  if (stopping_) throw diag::Error(diag::ErrorKind::unavailable, "the CAS is shutting down");
  queue_.push_back(&job);
  arrived_.notify_one();
  finished_.wait(lock, [&job] { return job.done; });
  lock.unlock();
  if (job.failure) std::rethrow_exception(job.failure);
}

void Writer::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<Job*> batch;
    batch.swap(queue_);
    lock.unlock();
    while (!batch.empty()) {
      const auto dealt_with = static_cast<std::ptrdiff_t>(run_batch(batch));
      lock.lock();
      for (auto job = batch.begin(); job != batch.begin() + dealt_with; ++job) (*job)->done = true;
      finished_.notify_all();
      lock.unlock();
      batch.erase(batch.begin(), batch.begin() + dealt_with);
    }
    lock.lock();
  }
}

void Writer::ended(std::chrono::steady_clock::time_point began, bool stored) const {
  if (on_commit_) on_commit_(std::chrono::steady_clock::now() - began, stored);
}

std::size_t Writer::run_batch(const std::vector<Job*>& batch) {
  const auto began = std::chrono::steady_clock::now();
  std::size_t tried = 0;
  try {
    connection_.execute("BEGIN IMMEDIATE");
    for (Job* job : batch) {
      ++tried;
      connection_.execute("SAVEPOINT job");
      try {
        (*job->work)(connection_);
        connection_.execute("RELEASE job");
        (*job->kept)();
      } catch (...) {
        job->failure = std::current_exception();
        // A full disk makes SQLite undo the whole transaction: then the earlier jobs fail too.
        if (connection_.idle()) throw;
        connection_.execute("ROLLBACK TO job");
        connection_.execute("RELEASE job");
      }
    }
    before_commit_(connection_);
    connection_.execute("COMMIT");
    healthy_ = after_(true);
    ended(began, true);
  } catch (...) {
    healthy_ = after_(false);
    ended(began, false);
    const auto failure = std::current_exception();
    try {
      roll_back(connection_);
    } catch (const std::exception&) {  // the next BEGIN says what is wrong
    }
    tried = tried == 0 ? batch.size() : tried;
    for (std::size_t i = 0; i < tried; ++i)
      if (!batch[i]->failure) batch[i]->failure = failure;
  }
  return tried;
}

}  // namespace sconectl::casd
