#include "casd/audit/sink_queues.hpp"

#include <algorithm>
#include <iterator>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Between two attempts at a sink that fails.
constexpr std::chrono::milliseconds between_attempts{500};
constexpr std::chrono::milliseconds longest_end{2'000};

std::size_t bytes_of_entries(const std::deque<AuditText>& entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.line.size() + 1;
  return bytes;
}

}  // namespace

SinkQueues::SinkQueues(std::vector<std::unique_ptr<AuditSink>> sinks, std::size_t buffer_bytes,
                       OnChange on_change)
    : buffer_bytes_(buffer_bytes), on_change_(std::move(on_change)) {
  for (auto& sink : sinks) {
    queues_.push_back(std::make_unique<Queue>());
    queues_.back()->sink = std::move(sink);
  }
  for (const auto& queue : queues_)
    queue->thread = std::thread([this, &one = *queue] { serve(one); });
}

SinkQueues::~SinkQueues() {
  {
    std::unique_lock lock(mutex_);
    moved_.wait_for(lock, longest_end, [this] {
      return std::all_of(queues_.begin(), queues_.end(), [](const auto& queue) {
        return queue->taken == queue->put || queue->failing;
      });
    });
    stopping_ = true;
  }
  arrived_.notify_all();
  for (const auto& queue : queues_) queue->sink->stop();
  for (const auto& queue : queues_) queue->thread.join();
}

void SinkQueues::lose(Queue& queue, const AuditText& entry) {
  ++lost_;
  if (!queue.lost) queue.lost = LostEntries{queue.sink->name(), entry.sequence_number, 0};
  queue.lost->last = entry.sequence_number;
}

void SinkQueues::put(const std::vector<AuditText>& entries) {
  {
    const std::lock_guard lock(mutex_);
    ++ticket_;
    for (const auto& queue : queues_) {
      queue->put = ticket_;
      for (const auto& entry : entries) {
        const auto bytes = entry.line.size() + 1;
        if (queue->bytes + bytes > buffer_bytes_) {
          queue->incomplete = ticket_;
          lose(*queue, entry);
          continue;
        }
        queue->bytes += bytes;
        queue->waiting.push_back(entry);
      }
    }
  }
  arrived_.notify_all();
}

bool SinkQueues::taken_by_one(std::chrono::milliseconds patience, bool try_all) {
  std::unique_lock lock(mutex_);
  const auto ticket = ticket_;
  const auto has_it = [&] {
    return std::any_of(queues_.begin(), queues_.end(), [&](const auto& queue) {
      return queue->taken >= ticket && queue->incomplete < ticket;
    });
  };
  const auto none_will = [&] {
    return std::all_of(queues_.begin(), queues_.end(), [&](const auto& queue) {
      return queue->failing && (!try_all || queue->tried >= ticket);
    });
  };
  moved_.wait_for(lock, patience, [&] { return has_it() || none_will(); });
  return has_it();
}

void SinkQueues::take_back(std::uint64_t from) {
  const std::lock_guard lock(mutex_);
  for (const auto& queue : queues_) {
    while (!queue->waiting.empty() && queue->waiting.back().sequence_number >= from) {
      queue->bytes -= queue->waiting.back().line.size() + 1;
      queue->waiting.pop_back();
    }
    if (queue->lost && queue->lost->last >= from) {
      queue->lost->last = from - 1;
      if (queue->lost->first >= from) queue->lost.reset();
    }
  }
}

std::vector<LostEntries> SinkQueues::lost() {
  const std::lock_guard lock(mutex_);
  std::vector<LostEntries> result;
  for (const auto& queue : queues_) {
    if (!queue->lost || queue->failing || !queue->waiting.empty()) continue;
    result.push_back(*queue->lost);
    queue->lost.reset();
  }
  return result;
}

bool SinkQueues::begin_anew_if_asked() {
  bool anew = false;
  for (const auto& queue : queues_) {
    try {
      anew = queue->sink->begin_anew_if_asked() || anew;
    } catch (const diag::Error& error) {  // it goes on with what it has
      on_change_(queue->sink->name(), error.text());
    }
  }
  return anew;
}

SinkQueues::Counts SinkQueues::counts() const {
  const std::lock_guard lock(mutex_);
  Counts result{.sinks = queues_.size(), .lost = lost_, .failures = failures_};
  for (const auto& queue : queues_) {
    result.failing += queue->failing ? 1U : 0U;
    result.waiting += queue->waiting.size();
    result.waiting_bytes += queue->bytes;
  }
  return result;
}

/// What it takes is no longer in the queue, so that put() and take_back() find the rest.
void SinkQueues::serve(Queue& queue) {
  std::unique_lock lock(mutex_);
  auto last_attempt = std::chrono::steady_clock::time_point::min();
  while (true) {
    arrived_.wait(lock, [&] { return stopping_ || queue.taken < queue.put; });
    if (queue.failing)
      arrived_.wait_until(lock, last_attempt + between_attempts, [this] { return stopping_; });
    if (stopping_) return;
    const auto ticket = queue.put;
    auto batch = std::exchange(queue.waiting, {});
    const auto bytes = bytes_of_entries(batch);
    lock.unlock();
    std::string fault;
    try {
      if (!batch.empty()) queue.sink->take(batch);
    } catch (const diag::Error& error) {
      fault = error.text();
    } catch (const std::exception&) {
      fault = "unexpected exception";
    }
    last_attempt = std::chrono::steady_clock::now();
    lock.lock();
    queue.bytes -= bytes - bytes_of_entries(batch);
    queue.waiting.insert(queue.waiting.begin(), std::make_move_iterator(batch.begin()),
                         std::make_move_iterator(batch.end()));
    queue.tried = ticket;
    if (fault.empty()) queue.taken = ticket;
    const bool changed = queue.failing == fault.empty();
    queue.failing = !fault.empty();
    failures_ += queue.failing ? 1U : 0U;
    moved_.notify_all();
    if (!changed) continue;
    lock.unlock();
    on_change_(queue.sink->name(), fault);
    lock.lock();
  }
}

}  // namespace sconectl::casd
