// What one request does, as spans: itself, and its steps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/metrics/cas_metrics.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::casd {

/// What a request waits for. The words are the names of the spans.
enum class TraceStep {
  database_read,
  database_write,  ///< until it is durable, together with others
  attestation,     ///< the judgement of evidence
  import,          ///< another CAS, or Azure
};
[[nodiscard]] constexpr auto words_of(TraceStep) {
  return text::words<TraceStep::import>("database read", "database write", "attestation",
                                        "import of a secret");
}

/// One request that is traced. Used by one thread at a time. It holds nothing that somebody sent
/// but the ids of a trace: no path, name, key, address or text.
class Trace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Timed {
    TraceStep step;
    Time begin, end;
    bool failed;
  };
  /// Of one request; what it does beyond that is counted only.
  static constexpr std::size_t most_steps = 64;

  void add(TraceStep step, Time begin, Time end, bool failed) {
    if (steps.size() < most_steps)
      steps.push_back({step, begin, end, failed});
    else
      ++left_out;
  }

  std::string trace_id;   ///< 32 hex digits
  std::string parent_id;  ///< 16 hex digits, or "": it begins here
  Time began;
  Time ended{};
  std::chrono::system_clock::time_point calendar;  ///< when it began
  std::string_view method = {};                    ///< a constant of the program
  std::uint16_t port = 0;                          ///< of the server
  std::size_t route = 0;                           ///< see CasMetrics
  int status = 0;
  std::optional<Refusal> refusal = {};
  std::vector<Timed> steps = {};
  std::size_t left_out = 0;  ///< steps
};

/// A method as spans name it: one of HTTP's own, or "_OTHER".
[[nodiscard]] std::string_view traced_method(std::string_view method);

/// What this thread does while it lives is part of the trace; a null pointer: of none.
class TraceScope {
 public:
  explicit TraceScope(Trace* trace);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  Trace* const before_;
};

/// A step of this thread's trace has taken so long, until now. Does nothing where there is none.
void trace_step(TraceStep step, std::chrono::nanoseconds took, bool failed = false);

/// A step of this thread's trace, as long as it lives; it has failed if it ends by an exception.
class TracedStep {
 public:
  explicit TracedStep(TraceStep step);
  ~TracedStep();
  TracedStep(const TracedStep&) = delete;
  TracedStep& operator=(const TracedStep&) = delete;

 private:
  const TraceStep step_;
  Trace* const trace_;
  const int exceptions_;
  Trace::Time begin_{};
};

}  // namespace sconectl::casd
