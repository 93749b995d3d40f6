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

}  // namespace sconectl::kubernetes
