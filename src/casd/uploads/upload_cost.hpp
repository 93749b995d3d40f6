// What a session may cost the CAS when it is stored and used.
#pragma once

#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// Keys of RSA that the CAS makes for one session: each takes up to a second.
inline constexpr std::size_t most_rsa_keys = 16;
/// All other keys and certificates that it makes for one session.
inline constexpr std::size_t most_made_values = 512;

/// Throws Error{invalid} for a session that wants more values made, or more imports from other
/// CASes (most_remote_imports), than one session may.
void refuse_costly(const session::Session& session);

}  // namespace sconectl::casd
