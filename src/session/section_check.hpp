// Rules of whole sections, for sections of the document and for resolved ones alike.
#pragma once

#include <string>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/access_policy.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// SL-260, SL-266 ... SL-268; SL-267 by the session's creator.
void check_access_policy(const AccessPolicy& policy, const Session& session,
                         diag::Diagnostics& out);
/// The first of these rules that entries break which stand in a value (SL-264), "" if none.
/// `nested`: beside or below others, where ANY and NONE are not possible.
[[nodiscard]] std::string entries_fault(const AccessEntries& entries, const Session& session,
                                        Operation operation, bool nested);
/// SL-292 ... SL-303 and the warnings of SL-343.
void check_security(const Security& security, diag::Diagnostics& out);

}  // namespace sconectl::session
