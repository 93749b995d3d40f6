// `cas explain`.
#pragma once

#include <string>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/wire_denials.hpp"

namespace sconectl::action {

/// Why a service was refused. Throws Error{not_found} if the CAS does not remember it,
/// Error{refused} for who may not read the session.
[[nodiscard]] cas::DenialInfo explain_denial(System& system, cas::ConfigFile& config,
                                             const std::string& id, const CasOptions& options);

}  // namespace sconectl::action
