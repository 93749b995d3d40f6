// Work on several things at once.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sconectl::action {

/// Positions in groups: two are in one group if they share a word, or both do with a third. Within
/// a group, and by their first, in the order given. `words[i]` are those of position i.
[[nodiscard]] std::vector<std::vector<std::size_t>> grouped(
    const std::vector<std::vector<std::string>>& words);

/// Calls `work` for 0 … count - 1, each once, up to `jobs` at a time, and returns when all have
/// returned. `work` must not throw. With one job, or one thing to do, no thread is started.
void side_by_side(std::size_t count, std::size_t jobs,
                  const std::function<void(std::size_t)>& work);

}  // namespace sconectl::action
