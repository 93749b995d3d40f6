// How many requests an address may send (CC-009).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sconectl::casd {

/// A bucket of tokens for each address: it holds those of one second, is filled at that rate, and a
/// request takes one. In memory, and of a bounded number of addresses. Safe to use from several
/// threads; nobody waits for more than a look at it.
class RequestRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Addresses that are remembered. A bucket is full again after a second, and forgotten then; who
  /// has more addresses than this in a second is not stopped by counting them.
  static constexpr std::size_t most_sources = 100'000;
  /// The log hears of an address once in this time.
  static constexpr std::chrono::seconds between_tellings{60};

  explicit RequestRate(std::uint32_t per_second);

  struct Refused {
    std::chrono::seconds wait;  ///< until there is a token again, at least 1
    bool tell;                  ///< the operator was not told of this address for a while
  };
  /// A request of this source (see Peer); nothing: it may pass.
  [[nodiscard]] std::optional<Refused> count(const std::string& source, Time now);
  [[nodiscard]] std::size_t sources() const;

 private:
  struct Bucket {
    Time full;  ///< when it is; the later, the fewer tokens it has
    std::optional<Time> told;
  };
  void forget(Time now);

  const std::chrono::nanoseconds token_;  ///< how long one takes to come
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace sconectl::casd
