// The values that the CAS makes for a session that is uploaded (SL-107, SL-215 to SL-229).
#pragma once

#include "casd/secrets/key_generation.hpp"
#include "casd/secrets/secret_reader.hpp"

namespace sconectl::casd {

/// Every generated secret of `fresh`: kept from the version before where session::migration() says
/// so, else made anew. `before` is a null pointer for a creation. Throws an Error that names the
/// secret that can not be made. `warnings` gets certificates that end with their issuer where the
/// session's own check could not tell (SL-145).
[[nodiscard]] SecretValues generated_values(const LoadedSession& fresh, const LoadedSession* before,
                                            SecretReader& reader, SlowKeys& keys,
                                            std::vector<std::string>& warnings);

}  // namespace sconectl::casd
