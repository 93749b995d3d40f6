// Who depends on a session.
#pragma once

#include <string>
#include <vector>

#include "casd/sessions/session_cache.hpp"

namespace sconectl::casd {

/// The active sessions of this CAS that import a secret or a volume from it, sorted; those of
/// locked namespaces are not known. Looks at the text of every session: may take seconds where
/// there are a hundred thousand.
[[nodiscard]] std::vector<std::string> importers_of(const Store& store,
                                                    const SessionCache& sessions,
                                                    const std::string& name);

}  // namespace sconectl::casd
