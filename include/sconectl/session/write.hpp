// A Session to YAML text.
#pragma once

#include <string>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// Block style, two spaces, keys in the order of SL-337, always a `predecessor:` line at column 0,
/// the defaults of access_policy.read and .update written out (SL-338). Explicit values are in it,
/// generated ones never (SL-340). Reading it back gives an equal Session (SL-339).
[[nodiscard]] std::string text(const Session& session);

/// `attestation:` with this one variant, as it stands in a service; at column 0.
[[nodiscard]] std::string attestation_text(const AttestationVariant& variant);

}  // namespace sconectl::session
