// What every object says, as JSON. Members of another type than they must have read as absent.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/kubernetes/object.hpp"

namespace sconectl::kubernetes {

using Json = nlohmann::json;

/// Throws Error{failed} for what is no JSON object.
[[nodiscard]] Json parsed_object(std::string_view text);

/// null if there is none.
[[nodiscard]] const Json& member(const Json& object, const char* key);
[[nodiscard]] std::string text_of(const Json& object, const char* key);
[[nodiscard]] std::int64_t number_of(const Json& object, const char* key);

/// Names become parts of paths: nothing but what Kubernetes allows in them.
[[nodiscard]] bool is_name(std::string_view name);
[[nodiscard]] ObjectMeta meta_of(const Json& object);
/// Whether the object can be named in a request; `in_name_space`: its kind has namespaces.
[[nodiscard]] bool is_usable(const ObjectMeta& meta, bool in_name_space);

[[nodiscard]] std::vector<Condition> conditions_of(const Json& status);

/// A merge patch of the status, for the version of the object that `meta` is.
struct StatusPatch {
  std::string state;
  std::optional<std::string> hash;
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
};
[[nodiscard]] std::string status_patch(const ObjectMeta& meta, const StatusPatch& status);

/// What the `message` of a Status object says, for people; "" if it is none.
[[nodiscard]] std::string status_message(std::string_view json);

}  // namespace sconectl::kubernetes
