// The rules that need the whole session: references, uniqueness, what fits together.
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// Judges a parsed session and one that was built in code alike. Linear in the session's size. What
/// only the server can know (does the parent exist, does the exporter allow the import) is not
/// here.
void check(const Session& session, diag::Diagnostics& out);
/// The part of check() that still makes sense for a session in which parse() found mistakes: what
/// its parts say about each other. Follow-ups of what could not be read are not reported.
void check_relations(const Session& session, diag::Diagnostics& out);

}  // namespace sconectl::session
