#include "sconectl/kubernetes/object.hpp"

#include <algorithm>

namespace sconectl::kubernetes {

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(),
                   [&](const Condition& condition) { return condition.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

std::vector<Condition> with_condition(std::vector<Condition> conditions, Condition condition) {
  for (Condition& before : conditions) {
    if (before.type != condition.type) continue;
    if (before.status == condition.status && !before.last_transition_time.empty())
      condition.last_transition_time = before.last_transition_time;
    before = std::move(condition);
    return conditions;
  }
  conditions.push_back(std::move(condition));
  return conditions;
}

}  // namespace sconectl::kubernetes
