#include "sconectl/kubernetes/policy.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace sconectl::kubernetes {

std::string_view kind_name(PolicyKind kind) {
  return kind == PolicyKind::signed_policy ? "SignedPolicy" : "EncryptedPolicy";
}

const Condition* PolicyStatus::condition(std::string_view type) const {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(),
                   [&](const Condition& condition) { return condition.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

std::string Policy::title() const {
  return fmt::format("{} {}/{}", kind_name(kind), meta.name_space, meta.name);
}

}  // namespace sconectl::kubernetes
