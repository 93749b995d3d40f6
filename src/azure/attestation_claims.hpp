// The claims of a token that is genuine.
#pragma once

#include "azure/json.hpp"
#include "sconectl/azure/attestation_token.hpp"

namespace sconectl::azure {

/// All but the times. Throws Error{invalid} for a claim that is missing or of another form; its
/// text goes on from "the token is refused: ".
[[nodiscard]] AttestationClaims read_claims(const Json& claims, AttestedTee tee);

}  // namespace sconectl::azure
