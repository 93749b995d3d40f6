// Traces on their way to a collector.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "casd/tracing/otlp.hpp"
#include "casd/tracing/trace.hpp"
#include "sconectl/casd/trace_options.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

/// Chooses what is traced, and has a thread that sends it. Whatever the collector does, nobody else
/// waits: what it does not take is dropped and counted. Safe to use from several threads.
class Tracer {
 public:
  /// Spans that wait for the collector; of more, the newest are dropped.
  static constexpr std::size_t most_waiting = 8'192;
  /// Spans of one POST, as far as one trace has no more.
  static constexpr std::size_t batch = 512;

  struct Parts {
    const TraceOptions& options;
    std::string version;  ///< of the CAS
    host::Http& http;
    spdlog::logger& log;
    CasMetrics& metrics;
  };
  /// All but the options must outlive it. Throws Error{invalid} for a collector that is none.
  explicit Tracer(const Parts& parts);
  /// Sends what waits, if the collector has taken the last that it got; for two seconds at most.
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// A request came; `traceparent` is the value of its only header of that name, or "". A null
  /// pointer: it is not traced.
  [[nodiscard]] std::shared_ptr<Trace> begin(std::string_view traceparent, Trace::Time at) const;
  /// It was answered.
  void end(Trace& trace);

 private:
  void serve();
  [[nodiscard]] std::vector<Trace> take_batch();
  void deliver(std::vector<Trace>& traces);
  void send(const std::vector<Trace>& traces);
  void tell(const std::string& fault);

  const std::string url_;
  const double ratio_;
  const TraceSource source_;
  host::Http& http_;
  spdlog::logger& log_;
  CasMetrics& metrics_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Trace> waiting_;
  std::size_t waiting_spans_ = 0;
  bool stopping_ = false;
  // Of the thread alone:
  bool failing_ = false;
  bool interrupted_ = false;  ///< the program ends, and nothing is sent before stopping_
  std::chrono::milliseconds patience_;
  std::thread thread_;
};

}  // namespace sconectl::casd
