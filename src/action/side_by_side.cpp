#include "action/side_by_side.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace sconectl::action {

std::vector<std::vector<std::size_t>> grouped(const std::vector<std::vector<std::string>>& words) {
  // Each position points to an earlier one of its group; the first points to itself.
  std::vector<std::size_t> earlier(words.size());
  const auto first = [&](std::size_t i) {
    while (earlier[i] != i) i = earlier[i];
    return i;
  };
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < words.size(); ++i) {
    earlier[i] = i;
    for (const std::string& word : words[i]) {
      const std::size_t other = first(seen.emplace(word, i).first->second);
      const std::size_t own = first(i);
      earlier[std::max(own, other)] = std::min(own, other);
    }
  }
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < words.size(); ++i) groups[first(i)].push_back(i);
  std::vector<std::vector<std::size_t>> result;
  result.reserve(groups.size());
  for (auto& [at, group] : groups) result.push_back(std::move(group));
  return result;
}

void side_by_side(std::size_t count, std::size_t jobs,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take_turns = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  const std::size_t workers = std::min(count, jobs);
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < workers; ++i) threads.emplace_back(take_turns);
  take_turns();
}

}  // namespace sconectl::action
