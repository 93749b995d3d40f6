#include "casd/provisioning/attempt_limiter.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Subjects are sessions and services that exist, and a few for all others: nobody can make up new
/// ones. Beyond this many, those whose window has ended are forgotten.
constexpr std::size_t most_subjects = 100'000;
/// Sources of one subject that were wrong within a window: who has more addresses than this is not
/// stopped by counting them, and memory is bounded.
constexpr std::size_t most_sources = 10'000;
/// Sources of one subject that were right; of more, one is a stranger again.
constexpr std::size_t most_known = 16;

}  // namespace

void AttemptLimiter::attempt(const std::string& subject, const std::string& source, Time now) {
  const std::lock_guard lock(mutex_);
  if (subjects_.size() >= most_subjects) forget_ended(now);
  auto& [count, known] = subjects_[subject];
  if (count.end <= now) count = {now + window, {}, 0};
  const bool stranger = !known.contains(source);
  const auto own = count.wrong.find(source);
  const bool source_is_out = own != count.wrong.end() && own->second >= limits_.of_source;
  const bool strangers_are_out =
      limits_.of_strangers && count.of_strangers >= *limits_.of_strangers;
  if (source_is_out || (stranger && strangers_are_out)) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(count.end - now);
    throw diag::Error(diag::ErrorKind::too_many, "too many wrong " + what_ + " for this service" +
                                                     (source_is_out ? " from this address" : "") +
                                                     "; try again in " +
                                                     std::to_string(wait.count()) + " s");
  }
  if (count.wrong.size() >= most_sources) count.wrong.clear();
  ++count.wrong[source];
  if (stranger) ++count.of_strangers;
}

void AttemptLimiter::succeeded(const std::string& subject, const std::string& source) {
  const std::lock_guard lock(mutex_);
  auto& [count, known] = subjects_[subject];
  const auto own = count.wrong.find(source);
  if (own != count.wrong.end() && --own->second == 0) count.wrong.erase(own);
  if (!limits_.of_strangers) {  // then nothing depends on who was right before
    if (count.wrong.empty()) subjects_.erase(subject);
    return;
  }
  if (known.contains(source)) return;
  if (count.of_strangers > 0) --count.of_strangers;
  if (known.size() >= most_known) known.erase(known.begin());
  known.insert(source);
}

void AttemptLimiter::forget_ended(Time now) {
  std::erase_if(subjects_, [now](const auto& each) { return each.second.count.end <= now; });
}

}  // namespace sconectl::casd
