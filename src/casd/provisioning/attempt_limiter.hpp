// Who guesses what a service has to know has to wait (RA-019).
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace sconectl::casd {

/// How many wrong guesses there may be within a window.
struct AttemptLimits {
  std::size_t of_source = 5;  ///< for one subject
  /// For one subject, of all sources together that have never guessed right; nothing: no bound.
  std::optional<std::size_t> of_strangers = 20;
};

/// Wrong guesses for each subject within a window of time, counted for each source, so that a
/// stranger who guesses locks himself out and nobody else. Many strangers together have a bound
/// too; beyond it those are still heard who were right before: that is the reserve of the owner. In
/// memory: a restart of the CAS is not in the hands of who guesses.
class AttemptLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds window{300};

  /// `what`, in the plural, stands in the refusal: "too many wrong ...".
  AttemptLimiter(std::string what, AttemptLimits limits)
      : what_(std::move(what)), limits_(limits) {}

  /// Before a guess is looked at: it counts as wrong until succeeded() says otherwise, so that many
  /// at once are no more than one after the other. Throws Error{too_many} beyond the limits, until
  /// the window ends, whatever the next guess is.
  void attempt(const std::string& subject, const std::string& source, Time now);
  /// The guess of the attempt before was right.
  void succeeded(const std::string& subject, const std::string& source);

 private:
  struct Count {
    Time end;                                  ///< of the window
    std::map<std::string, std::size_t> wrong;  ///< by source
    std::size_t of_strangers = 0;
  };
  struct Subject {
    Count count;
    std::set<std::string> known;  ///< sources that were right
  };
  void forget_ended(Time now);

  const std::string what_;
  const AttemptLimits limits_;
  std::mutex mutex_;
  std::map<std::string, Subject> subjects_;
};

}  // namespace sconectl::casd
