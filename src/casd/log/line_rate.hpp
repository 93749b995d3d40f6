// How many lines of one kind a log takes: strangers cause some of them, and must not fill the disk.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::casd {

struct LinesLeftOut {
  std::string kind;
  std::size_t lines = 0;
};

/// Counts the lines of each kind within a second. Not to be used by two threads at once.
class LineRate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit LineRate(std::size_t most_per_second) : most_(most_per_second) {}

  /// Whether a line of this kind may be written now.
  [[nodiscard]] bool admit(std::string_view kind, Time now);
  /// What was left out in seconds that have ended; told once.
  [[nodiscard]] std::vector<LinesLeftOut> left_out(Time now);

 private:
  struct Second {
    Time end;
    std::size_t lines = 0;
  };

  std::size_t most_;
  std::map<std::string, Second, std::less<>> kinds_;
};

}  // namespace sconectl::casd
