// What a session demands of a service before it gets anything.
#pragma once

#include <string>

#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/session_cache.hpp"
#include "sconectl/attest/demands.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/session/resolve.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// The security section with its placeholders replaced. Throws what is wrong with it.
[[nodiscard]] session::Security resolved_security(const LoadedSession& session,
                                                  SecretReader& secrets);
/// A setting that may be a placeholder's text.
[[nodiscard]] crypto::Secret resolved_setting(const LoadedSession& session, const std::string& text,
                                              SecretReader& secrets);

/// What the evidence of a service has to show, the placeholders replaced.
[[nodiscard]] attest::Demands evidence_demands(const LoadedSession& session,
                                               const session::Service& service,
                                               const session::SecurityAttestation& attestation,
                                               SecretReader& secrets);

/// One hash of all that a service has to prove now: the security section, what the service itself
/// adds to it, and the secrets that they name. Whoever has proved something else has to prove anew.
[[nodiscard]] std::string demands_digest(const LoadedSession& session,
                                         const session::Service& service, SecretReader& secrets);

}  // namespace sconectl::casd
