// The sessions below one, as far as we may list them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/client.hpp"

namespace sconectl::action {

/// The direct children of a session; nothing if we may not list them. Error{failed} if the CAS
/// names one that is not below it, which whoever walks on would never come to the end of.
[[nodiscard]] std::optional<std::vector<std::string>> children_of(cas::Client& client,
                                                                  const std::string& name);

}  // namespace sconectl::action
