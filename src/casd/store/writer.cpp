#include "casd/store/writer.hpp"

#include "casd/store/integrity_counters.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// How long the end of a transaction is looked for after its connection was lost.
constexpr std::chrono::seconds doubt{15};
constexpr std::chrono::milliseconds between_reconnects{250};

/// Undoes the open transaction, if the database has not done it already.
void roll_back(Connection& connection) {
  if (!connection.idle()) connection.execute("ROLLBACK");
}

}  // namespace

Writer::Writer(const Database& database, Steps steps)
    : database_(database), steps_(std::move(steps)) {
  connect();
  thread_ = std::thread([this] { serve(); });
}

void Writer::connect() {
  connection_ = nullptr;
  connection_ = database_.connect(Database::Mode::write);
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
  if (stopping_) throw Error(ErrorKind::unavailable, "the CAS is shutting down");
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
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    const auto failure = begin();
    lock.lock();
    // Also what came while others were writing.
    std::vector<Job*> batch;
    batch.swap(queue_);
    lock.unlock();
    const auto dealt_with = run_batch(batch, failure, began);
    lock.lock();
    for (std::size_t i = 0; i < dealt_with; ++i) batch[i]->done = true;
    finished_.notify_all();
    queue_.insert(queue_.begin(), batch.begin() + static_cast<std::ptrdiff_t>(dealt_with),
                  batch.end());
  }
}

void Writer::ended(std::chrono::steady_clock::time_point began, bool stored) const {
  if (steps_.on_commit) steps_.on_commit(std::chrono::steady_clock::now() - began, stored);
}

void Writer::run_job(Job& job) {
  connection_->execute("SAVEPOINT job");
  bool worked = false;
  try {
    (*job.work)(*connection_);
    worked = true;
    connection_->execute("RELEASE job");
    (*job.kept)();
  } catch (...) {
    job.failure = std::current_exception();
    // A full disk makes SQLite undo the whole transaction: then the earlier jobs fail too. So they
    // do when what was done is not taken over: nobody else knows what it has changed in memory.
    if (worked || connection_->idle()) throw;
    connection_->execute("ROLLBACK TO job");
    connection_->execute("RELEASE job");
  }
}

/// A server may have stored it and be gone before it could say so.
void Writer::commit() {
  try {
    connection_->execute("COMMIT");
  } catch (const Error&) {
    if (connection_->usable() || !steps_.was_stored) throw;
    if (!is_stored_after_all()) throw;
  }
}

bool Writer::is_stored_after_all() {
  for (const auto end = std::chrono::steady_clock::now() + doubt;;) {
    try {
      connect();
      connection_->begin_writing();
      const bool stored = steps_.was_stored(*connection_);
      // A server waits for its standbys when something was written: also for what is there already.
      if (stored)
        connection_->prepare("UPDATE facts SET sealed = sealed WHERE name = ?")
            .bind(IntegrityCounters::fact)
            .run();
      connection_->execute("COMMIT");
      return stored;
    } catch (const Error&) {
      if (std::chrono::steady_clock::now() >= end)
        throw Error(ErrorKind::unavailable,
                    "the CAS database was lost during a write, and whether it is stored is not "
                    "known; look before you try again");
      std::this_thread::sleep_for(between_reconnects);
    }
  }
}

std::exception_ptr Writer::begin() {
  try {
    if (!connection_ || !connection_->usable()) connect();
    connection_->begin_writing();
    if (steps_.at_begin) steps_.at_begin(*connection_);
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

std::size_t Writer::run_batch(const std::vector<Job*>& batch, const std::exception_ptr& not_begun,
                              std::chrono::steady_clock::time_point began) {
  std::size_t tried = 0;
  try {
    if (not_begun) std::rethrow_exception(not_begun);
    for (Job* job : batch) {
      ++tried;
      run_job(*job);
    }
    if (steps_.before_commit) steps_.before_commit(*connection_);
    commit();
    healthy_ = steps_.after(true);
    ended(began, true);
  } catch (...) {
    healthy_ = steps_.after(false);
    ended(began, false);
    const auto failure = std::current_exception();
    try {
      if (connection_) roll_back(*connection_);
    } catch (const std::exception&) {  // the next BEGIN says what is wrong
    }
    tried = tried == 0 ? batch.size() : tried;
    for (std::size_t i = 0; i < tried; ++i)
      if (!batch[i]->failure) batch[i]->failure = failure;
  }
  return tried;
}

}  // namespace sconectl::casd
