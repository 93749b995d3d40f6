// What the API server says about policies, as JSON; and what it is told.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/kubernetes/policies.hpp"

namespace sconectl::kubernetes {

/// A page of a list: `next` goes on with it, "" at the end.
struct PolicyPage {
  PolicyList list;
  std::string next;
};
/// Throws Error{failed} for what is no list.
[[nodiscard]] PolicyPage decode_page(PolicyKind kind, std::string_view json);

/// The lines of a watch, which began at `resource_version`. Throws Error{failed} for what is no
/// event, Error{unavailable} for an error of the server other than 410.
[[nodiscard]] Watched decode_watch(PolicyKind kind, std::string_view lines,
                                   std::string resource_version);

/// A merge patch of the status, for the version of the object that `policy` is.
[[nodiscard]] std::string status_patch(const Policy& policy, const PolicyStatus& status);

/// What the `message` of a Status object says, for people; "" if it is none.
[[nodiscard]] std::string status_message(std::string_view json);

}  // namespace sconectl::kubernetes
