#include "casd/log/rate_limited_sink.hpp"

#include <fmt/core.h>

#include "casd/log/event.hpp"

namespace sconectl::casd {

RateLimitedSink::RateLimitedSink(spdlog::sink_ptr behind, std::size_t most_per_second)
    : behind_(std::move(behind)), rate_(most_per_second) {}

RateLimitedSink::~RateLimitedSink() {
  try {
    tell_left_out(LineRate::Time::max());
    behind_->flush();
  } catch (const std::exception&) {  // there is nowhere left to say it
  }
}

void RateLimitedSink::replace(spdlog::sink_ptr behind) {
  behind->set_formatter(formatter_->clone());
  const std::lock_guard lock(mutex_);
  behind_->flush();
  behind_ = std::move(behind);
}

void RateLimitedSink::sink_it_(const spdlog::details::log_msg& message) {
  const auto now = std::chrono::steady_clock::now();
  tell_left_out(now);
  const std::string_view line(message.payload.data(), message.payload.size());
  if (rate_.admit(kind_of_event(line), now)) behind_->log(message);
}

void RateLimitedSink::tell_left_out(LineRate::Time now) {
  for (const auto& [kind, lines] : rate_.left_out(now)) {
    const auto text = fmt::format("{} similar lines left out: {}", lines, kind);
    behind_->log({spdlog::string_view_t(), spdlog::level::warn, text});
  }
}

void RateLimitedSink::flush_() {
  behind_->flush();
}

void RateLimitedSink::set_pattern_(const std::string& pattern) {
  base_sink::set_pattern_(pattern);
  behind_->set_pattern(pattern);
}

void RateLimitedSink::set_formatter_(std::unique_ptr<spdlog::formatter> formatter) {
  behind_->set_formatter(formatter->clone());
  base_sink::set_formatter_(std::move(formatter));
}

}  // namespace sconectl::casd
