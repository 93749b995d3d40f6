// The rules that need the whole session: references, uniqueness, what fits together.
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// Judges a parsed session and one that was built in code alike. Linear in the session's size. What
/// only the server can know (does the parent exist, does the exporter allow the import) is not
/// here.
void check(const Session& session, diag::Diagnostics& out);

}  // namespace sconectl::session
