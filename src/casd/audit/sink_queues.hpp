// Entries of the audit log on their way to several sinks, each with a thread and a buffer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "casd/audit/audit_sink.hpp"

namespace sconectl::casd {

/// Entries that a sink will never get.
struct LostEntries {
  std::string sink;
  std::uint64_t first = 0, last = 0;
};

/// A sink that fails holds up neither the others nor, once it has failed, anybody who waits. It is
/// tried again until it takes what waits for it; what its buffer does not hold is lost.
class SinkQueues {
 public:
  /// Told when a sink begins to fail (with the reason) and when it works again (without), by its
  /// thread.
  using OnChange = std::function<void(const std::string& sink, const std::string& reason)>;

  SinkQueues(std::vector<std::unique_ptr<AuditSink>> sinks, std::size_t buffer_bytes,
             OnChange on_change);
  /// Waits a little for what is still to be taken.
  ~SinkQueues();
  SinkQueues(const SinkQueues&) = delete;
  SinkQueues& operator=(const SinkQueues&) = delete;

  void put(const std::vector<AuditText>& entries);
  /// Waits until one sink has taken all that was put, or all have failed since; whether one has it.
  /// `try_all`: also sinks that have failed before are waited for.
  [[nodiscard]] bool taken_by_one(std::chrono::milliseconds patience, bool try_all);
  /// Takes back what no thread has begun to deliver, from this number on.
  void take_back(std::uint64_t from);
  /// What was lost and can be told, because the sink works again; told once.
  [[nodiscard]] std::vector<LostEntries> lost();
  /// True: one of the sinks begins anew.
  bool begin_anew_if_asked();

  struct Counts {
    std::size_t sinks = 0, failing = 0;
    std::uint64_t waiting = 0;  ///< entries, of all sinks together
    std::uint64_t waiting_bytes = 0;
    std::uint64_t lost = 0;  ///< the same, since the start
    std::uint64_t failures = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Queue {
    std::unique_ptr<AuditSink> sink;
    std::deque<AuditText> waiting;
    std::size_t bytes = 0;
    std::uint64_t put = 0;    ///< tickets of put()
    std::uint64_t taken = 0;  ///< of them, what has arrived
    std::uint64_t tried = 0;
    std::uint64_t incomplete = 0;  ///< the last of which something was lost
    bool failing = false;
    std::optional<LostEntries> lost;
    std::thread thread;
  };

  void serve(Queue& queue);
  void lose(Queue& queue, const AuditText& entry);

  const std::size_t buffer_bytes_;
  const OnChange on_change_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable moved_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::uint64_t ticket_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t failures_ = 0;
  bool stopping_ = false;
};

}  // namespace sconectl::casd
