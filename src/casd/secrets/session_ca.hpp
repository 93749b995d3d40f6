// The CA that every session of the legacy dialect has (SL-174, SL-327). It signs the certificates
// that name neither key nor issuer.
#pragma once

#include <string_view>

#include "casd/sessions/session_cache.hpp"

namespace sconectl::casd::secrets {

/// Under this name needs() and `SiblingLookup` ask for it; no secret of a user can have it.
inline constexpr std::string_view session_ca_name = "$session-ca";

/// The secret of this name: one of the session's own, or for session_ca_name the session's secret
/// of kind session-ca, or the implicit one if the session defines none. A null pointer if there is
/// no such secret.
[[nodiscard]] const session::Secret* find_secret(const LoadedSession& session,
                                                 std::string_view name);

}  // namespace sconectl::casd::secrets
