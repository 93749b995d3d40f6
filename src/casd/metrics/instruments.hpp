// What is counted and measured. Safe to use from several threads; nobody waits.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sconectl::casd {

/// Only grows.
class Counter {
 public:
  void add(std::uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// How long something took.
class DurationHistogram {
 public:
  /// Upper bounds in seconds, inclusive; beyond the last one there is one more bucket.
  static constexpr std::array bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                     0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

  /// Each bucket alone, not the sum of those below it.
  struct Reading {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    double seconds = 0;  ///< of all together
  };

  /// A negative duration counts as none.
  void observe(std::chrono::nanoseconds took) {
    if (took.count() < 0) took = {};
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
    buckets_[bucket].add();
    nanoseconds_.add(static_cast<std::uint64_t>(took.count()));
  }
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t result = 0;
    for (const auto& bucket : buckets_) result += bucket.value();
    return result;
  }
  [[nodiscard]] Reading reading() const {
    Reading result;
    for (std::size_t i = 0; i < buckets_.size(); ++i) result.buckets[i] = buckets_[i].value();
    result.seconds = static_cast<double>(nanoseconds_.value()) / 1e9;
    return result;
  }

 private:
  std::array<Counter, bounds.size() + 1> buckets_;
  Counter nanoseconds_;
};

}  // namespace sconectl::casd
