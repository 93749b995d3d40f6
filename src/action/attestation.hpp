// Who demands attestation, apart from the manifests.
#pragma once

#include <string>
#include <vector>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

/// The demands that hold for every service of this run, as the user gave them:
/// "'--require-attestation'" (if `option`) and "SCONECTL_REQUIRE_ATTESTATION". Throws Error{usage}
/// for a value of that variable that says neither yes nor no.
[[nodiscard]] std::vector<std::string> attestation_demands(const System& system, bool option);

}  // namespace sconectl::action
