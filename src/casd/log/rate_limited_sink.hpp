// A sink of spdlog behind a bound for each kind of line.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>

#include "casd/log/line_rate.hpp"

namespace sconectl::casd {

/// Passes lines on to `behind`; of each kind (kind_of_event) at most `most_per_second`. The number
/// of those that were left out is a line of its own, written before the next line, or at the end.
class RateLimitedSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  RateLimitedSink(spdlog::sink_ptr behind, std::size_t most_per_second);
  ~RateLimitedSink() override;
  RateLimitedSink(const RateLimitedSink&) = delete;
  RateLimitedSink& operator=(const RateLimitedSink&) = delete;

  /// Lines go to `behind` from now on.
  void replace(spdlog::sink_ptr behind);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;
  void set_pattern_(const std::string& pattern) override;
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override;

 private:
  void tell_left_out(LineRate::Time now);

  spdlog::sink_ptr behind_;
  LineRate rate_;
};

}  // namespace sconectl::casd
