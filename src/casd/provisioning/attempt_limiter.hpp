// Who guesses one-time passwords has to wait (RA-019).
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace sconectl::casd {

/// Wrong guesses for each subject within a window of time. A password has six digits and three of
/// them are good at a time: without a bound, guessing works within hours. In memory: a restart of
/// the CAS is not in the hands of who guesses.
class AttemptLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most = 5;
  static constexpr std::chrono::seconds window{300};

  /// Before a guess is looked at: it counts as wrong until succeeded() says otherwise, so that many
  /// at once are no more than one after the other. Throws Error{too_many} after `most` wrong
  /// guesses, until their window ends, whatever the next guess is.
  void attempt(const std::string& subject, Time now);
  void succeeded(const std::string& subject);

 private:
  struct Count {
    Time end;  ///< of the window
    std::size_t wrong = 0;
  };
  void forget_ended(Time now);

  std::mutex mutex_;
  std::map<std::string, Count> counts_;
};

}  // namespace sconectl::casd
