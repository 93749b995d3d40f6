// Signed tokens that are made for every attestation (SL-169 ... SL-173).
#pragma once

#include <optional>
#include <string>

#include "casd/secrets/secret_material.hpp"
#include "sconectl/session/placeholder.hpp"

namespace sconectl::casd::secrets {

/// A compact JWS with header {"alg":"ES384","typ":"JWT"}; the payload's texts, then `iat` and `nbf`
/// (both `now`) and `exp`. A payload value that is one placeholder as a whole is replaced (SL-171)
/// by what `values` gives; `$$SCONE::self::software_identity$$` by `software_identity`: the
/// MRENCLAVE in lower-case hex, nothing if the service was not attested (then Error{refused},
/// SL-172). Throws Error{invalid} if the signer is not a P-384 private-key secret or a value is not
/// UTF-8.
[[nodiscard]] crypto::Secret make_jwt(const session::Secret& secret, const session::Jwt& jwt,
                                      const SiblingLookup& siblings, const session::Lookup& values,
                                      const std::optional<std::string>& software_identity,
                                      crypto::Time now);

}  // namespace sconectl::casd::secrets
