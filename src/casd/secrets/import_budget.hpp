// What the imports of one request from other CASes may cost.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace sconectl::casd {

/// Imports from other CASes that a session may have, and that one request may follow.
inline constexpr std::size_t most_remote_imports = 32;
/// CASes that one import may go through. Each has a fourth of the imports of the one before.
inline constexpr std::size_t most_cas_hops = 3;
/// For all imports of a request together: somebody waits for the answer.
inline constexpr std::chrono::milliseconds import_patience{5'000};

/// Of one request. The time begins with its first import.
class ImportBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `hops`: how many CASes have asked each other before this request (see Request).
  explicit ImportBudget(std::size_t hops = 0)
      : hops_(hops), left_(hops < most_cas_hops ? most_remote_imports >> (2 * hops) : 0) {}

  /// Takes one import. Throws Error{refused} if there were too many, or if it would be one hop too
  /// many. Returns when the time of all imports ends.
  Time take(Time now);
  /// How many CASes have asked, this one included.
  [[nodiscard]] std::size_t next_hop() const { return hops_ + 1; }

 private:
  std::size_t hops_;
  std::size_t left_;
  std::optional<Time> end_;
};

}  // namespace sconectl::casd
