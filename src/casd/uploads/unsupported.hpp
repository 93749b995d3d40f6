// What the language has and this CAS has not (yet): refused by name, never ignored (SL-196,
// RA-021).
#pragma once

#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// Throws Error{unsupported} that names everything in the session that this CAS can not do.
void refuse_unsupported(const session::Session& session);

}  // namespace sconectl::casd
