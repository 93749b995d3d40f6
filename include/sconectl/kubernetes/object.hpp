// What all objects of a cluster have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::kubernetes {

struct ObjectMeta {
  std::string name;
  std::string name_space;  ///< "" of a kind that has none
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  bool being_deleted = false;
  int hook_weight = 0;  ///< the annotation helm.sh/hook-weight: the order of creation
};

/// As in the API conventions of Kubernetes.
struct Condition {
  std::string type;
  std::string status;  ///< "True", "False", "Unknown"
  std::string reason;  ///< one word in CamelCase
  std::string message;
  std::string last_transition_time;  ///< RFC 3339
  std::int64_t observed_generation = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// The condition of this type, or a null pointer.
[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions,
                                              std::string_view type);
/// The conditions with `condition` in place of the one of its type, whose time it keeps if the
/// status is the same; the others stay.
[[nodiscard]] std::vector<Condition> with_condition(std::vector<Condition> conditions,
                                                    Condition condition);

enum class StatusWritten {
  written,
  changed,  ///< the object is not the one that was looked at any more (409): look again
  deleted,
};

}  // namespace sconectl::kubernetes
