// The sessions below one, as far as we may list them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/client.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {

/// What was met with is that the session lies in a sealed namespace which is locked, and not that
/// the CAS can not be reached.
[[nodiscard]] bool is_locked(cas::Client& client, const std::string& name, const diag::Error& met);

/// The direct children of a session; nothing if we may not list them, or nobody may as they are
/// locked. Error{failed} if the CAS
/// names one that is not below it, which whoever walks on would never come to the end of.
[[nodiscard]] std::optional<std::vector<std::string>> children_of(cas::Client& client,
                                                                  const std::string& name);

}  // namespace sconectl::action
