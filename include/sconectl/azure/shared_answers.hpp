// One question at a time, whoever wants its answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sconectl::azure {

/// Does some work: at once, or in a thread. Throws if there is too much of it; then it does none.
using Start = std::function<void(std::function<void()> work)>;

/// Answers by what was asked, each for as long as it counts. Who asks while somebody else does
/// waits for that answer; a failure is everybody's, too, for a few seconds. Safe to use from
/// several threads.
template <typename Value>
class SharedAnswers {
 public:
  using Answer = std::shared_ptr<const Value>;
  using Time = std::chrono::steady_clock::time_point;
  struct Fetched {
    Value value;
    Time end;  ///< from then on it does not count any more
  };

  /// `now` is the time that all ends are of. What `fetch` throws is thrown by the answer. Both have
  /// to be callable for as long as `start` needs.
  std::shared_future<Answer> ask(const std::string& question, std::function<Time()> now,
                                 std::function<Fetched()> fetch, const Start& start) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    const auto own = std::make_shared<Slot>(Slot{promise->get_future().share(), Time::max()});
    const auto slot = slot_for(question, own, now());
    if (slot != own) return slot->answer;
    const auto work = [this, promise, own, now = std::move(now), fetch = std::move(fetch)] {
      try {
        auto fetched = fetch();
        auto answer = std::make_shared<const Value>(std::move(fetched.value));
        ends(*own, fetched.end, answer);
        promise->set_value(answer);
      } catch (...) {
        ends(*own, now() + after_failure);
        promise->set_exception(std::current_exception());
      }
    };
    try {
      start(work);
    } catch (...) {
      ends(*own, Time::min());
      promise->set_exception(std::current_exception());
    }
    return own->answer;
  }

  /// The question of this answer is asked again.
  void forget(const Answer& answer) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(slots_, [&](const auto& each) { return each.second->value.lock() == answer; });
  }

 private:
  struct Slot {
    std::shared_future<Answer> answer;
    Time end;  ///< far away while it is asked for
    std::weak_ptr<const Value> value = {};
  };
  static constexpr std::size_t most = 1'000;
  static constexpr std::chrono::seconds after_failure{3};

  std::shared_ptr<Slot> slot_for(const std::string& question, const std::shared_ptr<Slot>& own,
                                 Time now) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(slots_, [&](const auto& each) { return each.second->end <= now; });
    const auto found = slots_.find(question);
    if (found != slots_.end()) return found->second;
    if (slots_.size() >= most) slots_.erase(slots_.begin());
    return slots_[question] = own;
  }
  void ends(Slot& slot, Time end, const Answer& answer = nullptr) {
    const std::scoped_lock lock(mutex_);
    slot.end = end;
    slot.value = answer;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace sconectl::azure
