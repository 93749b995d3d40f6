#include "casd/tracing/trace.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace sconectl::casd {

namespace {

/// Of the request that this thread answers.
thread_local Trace* traced_here = nullptr;

}  // namespace

std::string_view traced_method(std::string_view method) {
  static constexpr std::array<std::string_view, 9> known{
      "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  const auto* const found = std::find(known.begin(), known.end(), method);
  return found == known.end() ? "_OTHER" : *found;
}

TraceScope::TraceScope(Trace* trace) : before_(std::exchange(traced_here, trace)) {}

TraceScope::~TraceScope() {
  traced_here = before_;
}

void trace_step(TraceStep step, std::chrono::nanoseconds took, bool failed) {
  if (traced_here == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  traced_here->add(step, now - took, now, failed);
}

TracedStep::TracedStep(TraceStep step)
    : step_(step), trace_(traced_here), exceptions_(std::uncaught_exceptions()) {
  if (trace_ != nullptr) begin_ = std::chrono::steady_clock::now();
}

TracedStep::~TracedStep() {
  if (trace_ != nullptr)
    trace_->add(step_, begin_, std::chrono::steady_clock::now(),
                std::uncaught_exceptions() > exceptions_);
}

}  // namespace sconectl::casd
