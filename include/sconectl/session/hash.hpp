// Canonical bytes and hash of a session (SL-334 ... SL-336), and when its creator belongs to it.
#pragma once

#include <string>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// RFC 8785 JSON of the normalised model. Integers beyond 2^53 in config fragments are written in
/// full instead of rounded, so that different sessions never share a form.
[[nodiscard]] std::string canonical_json(const Session& session);

/// SHA-256("open-cas/session/v1\n" ‖ canonical_json) as 64 lower-case hex digits (SL-335).
[[nodiscard]] std::string hash(const Session& session);

/// The effective policy refers to CREATOR, or a part of it is a variable (SL-280).
[[nodiscard]] bool references_creator(const Session& session);
/// references_creator() and no creator is set: the hash is not final yet (CL-064).
[[nodiscard]] bool needs_creator(const Session& session);

/// The session with the client certificate as creator if needs_creator(), else unchanged
/// (SL-279). Text after the first certificate is cut off; throws Error{invalid} without one.
[[nodiscard]] Session with_certificate_as_creator(Session session, const std::string& pem);
/// The same for the signer of a signed session: SPKI PEM or Base58Check version 10 (SL-281).
[[nodiscard]] Session with_signer_as_creator(Session session, const std::string& signer);

}  // namespace sconectl::session
