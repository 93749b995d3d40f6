#include "casd/provisioning/attempt_limiter.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Subjects are services that exist: nobody can make up new ones. Beyond this many, those whose
/// window has ended are forgotten.
constexpr std::size_t most_subjects = 100'000;

}  // namespace

void AttemptLimiter::attempt(const std::string& subject, Time now) {
  const std::lock_guard lock(mutex_);
  if (counts_.size() >= most_subjects) forget_ended(now);
  auto& count = counts_[subject];
  if (count.end <= now) count = {now + window, 0};
  if (count.wrong < most) {
    ++count.wrong;
    return;
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(count.end - now);
  throw diag::Error(diag::ErrorKind::too_many,
                    "too many wrong one-time passwords for this service; try again in " +
                        std::to_string(wait.count()) + " s");
}

void AttemptLimiter::succeeded(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(subject);
  if (found != counts_.end() && --found->second.wrong == 0) counts_.erase(found);
}

void AttemptLimiter::forget_ended(Time now) {
  for (auto each = counts_.begin(); each != counts_.end();)
    each = each->second.end <= now ? counts_.erase(each) : std::next(each);
}

}  // namespace sconectl::casd
