#include "casd/tracing/tracer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "casd/log/event.hpp"
#include "casd/tracing/trace_context.hpp"
#include "sconectl/cas/availability_config.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using std::chrono::milliseconds;

/// How long spans are collected before they are sent.
constexpr milliseconds between_batches{1'000};
/// For the connection and for the answer, each.
constexpr milliseconds usual_patience{2'000};
constexpr milliseconds last_patience{500};
constexpr std::chrono::seconds longest_farewell{1};
constexpr std::size_t longest_collector_answer = std::size_t{64} << 10U;

std::string traces_url(const std::string& collector) {
  if (const auto fault = cas::traces_fault(collector); !fault.empty())
    throw Error(ErrorKind::invalid, "the URL of the collector " + fault);
  std::string base = collector;
  while (base.ends_with('/')) base.pop_back();
  return base + "/v1/traces";
}

std::string random_hex(std::size_t bytes) {
  return crypto::hex(crypto::random_bytes(bytes).view());
}

/// By the id, so that it is the same wherever this is asked.
bool chosen(const std::string& trace_id, double ratio) {
  constexpr std::size_t digits = 13;  // 52 bits, which a double holds
  constexpr double all = 4503599627370496.0;
  const auto tail = std::string_view(trace_id).substr(trace_id.size() - digits);
  return static_cast<double>(text::number<std::uint64_t>(tail, 16).value_or(0)) < ratio * all;
}

std::size_t spans_of(const Trace& trace) {
  return 1 + trace.steps.size();
}

std::size_t spans_of(const std::vector<Trace>& traces) {
  std::size_t sum = 0;
  for (const auto& trace : traces) sum += spans_of(trace);
  return sum;
}

}  // namespace

Tracer::Tracer(const Parts& parts)
    : url_(traces_url(parts.options.collector)),
      ratio_(parts.options.ratio),
      source_{parts.options.service_name, parts.version, random_hex(16)},
      http_(parts.http),
      log_(parts.log),
      metrics_(parts.metrics),
      patience_(usual_patience),
      thread_([this] { serve(); }) {}

Tracer::~Tracer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  thread_.join();
}

std::shared_ptr<Trace> Tracer::begin(std::string_view traceparent, Trace::Time at) const {
  const auto caller = parse_traceparent(traceparent);
  if (caller ? !caller->sampled : ratio_ <= 0) return nullptr;
  auto trace_id = caller ? caller->trace_id : random_hex(16);
  if (!caller && !chosen(trace_id, ratio_)) return nullptr;
  auto trace = std::make_shared<Trace>();
  trace->trace_id = std::move(trace_id);
  if (caller) trace->parent_id = caller->parent_id;
  trace->began = at;
  trace->calendar = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(
                        std::chrono::steady_clock::now() - at);
  return trace;
}

void Tracer::end(Trace& trace) {
  const auto spans = spans_of(trace);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_spans_ + spans > most_waiting)
      return metrics_.spans_dropped[SpanLoss::queue].add(spans);
    const bool first = waiting_.empty();
    waiting_spans_ += spans;
    waiting_.push_back(std::move(trace));
    if (!first && waiting_spans_ < batch) return;
  }
  arrived_.notify_one();
}

/// The oldest ones.
std::vector<Trace> Tracer::take_batch() {
  std::size_t spans = 0;
  auto end = waiting_.begin();
  while (end != waiting_.end() && (spans == 0 || spans + spans_of(*end) <= batch))
    spans += spans_of(*end++);
  std::vector<Trace> result(std::make_move_iterator(waiting_.begin()),
                            std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  waiting_spans_ -= spans;
  return result;
}

void Tracer::serve() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    arrived_.wait(lock, [this] { return stopping_ || (!waiting_.empty() && !interrupted_); });
    arrived_.wait_for(lock, between_batches,
                      [this] { return stopping_ || (waiting_spans_ >= batch && !failing_); });
    if (stopping_) break;
    auto traces = take_batch();
    lock.unlock();
    deliver(traces);
    lock.lock();
    if (traces.empty()) continue;  // else they are kept for the end
    waiting_spans_ += spans_of(traces);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(traces.begin()),
                    std::make_move_iterator(traces.end()));
  }
  patience_ = last_patience;
  const auto end = std::chrono::steady_clock::now() + longest_farewell;
  while (!waiting_.empty() && !failing_ && std::chrono::steady_clock::now() < end) {
    auto traces = take_batch();
    lock.unlock();
    deliver(traces);
    lock.lock();
  }
  metrics_.spans_dropped[SpanLoss::collector].add(waiting_spans_);
}

/// What it leaves is to be tried again.
void Tracer::deliver(std::vector<Trace>& traces) {
  const auto spans = spans_of(traces);
  std::string fault;
  try {
    send(traces);
    metrics_.spans_exported.add(spans);
  } catch (const Error& error) {
    // The last ones may go when nobody watches for signals any more.
    interrupted_ = error.kind() == ErrorKind::interrupted && patience_ == usual_patience;
    if (interrupted_) return;
    fault = error.text();
  } catch (const std::exception&) {
    fault = "unexpected exception";
  }
  if (!fault.empty()) metrics_.spans_dropped[SpanLoss::collector].add(spans);
  traces.clear();
  if (failing_ == fault.empty()) tell(fault);
  failing_ = !fault.empty();
}

void Tracer::send(const std::vector<Trace>& traces) {
  host::HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = otlp_json(source_, traces, metrics_.routes);
  request.connect_timeout = patience_;
  request.timeout = patience_;
  request.response_limit = longest_collector_answer;
  const auto reply = http_.send(request);
  if (reply.status < 200 || reply.status > 299)
    throw Error(ErrorKind::unavailable,
                fmt::format("the collector answers with status {}", reply.status));
}

void Tracer::tell(const std::string& fault) {
  if (fault.empty()) return log_event(log_, Severity::info, "traces are sent again");
  log_event(log_, Severity::warning, "traces can not be sent, and are dropped until that works",
            {{"reason", fault}});
}

}  // namespace sconectl::casd
