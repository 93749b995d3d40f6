// Certificates that the CAS issues, and explicit ones (SL-136 to SL-162).
#pragma once

#include "casd/secrets/secret_material.hpp"

namespace sconectl::casd::secrets {

/// Issues a certificate for an x509 or x509-ca without value. Throws Error{invalid} if key or
/// issuer do not fit (SL-136, SL-137, SL-150, SL-151), or the issuer has ended. The certificate
/// ends with its issuer at the latest (SL-145).
[[nodiscard]] SecretMaterial issue_x509(const session::Secret& secret, const session::X509& body,
                                        const SiblingLookup& siblings, crypto::Time now);

/// No certificate is made for a shorter time: everybody may read public ones, and each time that
/// one has ended the CAS has to sign and to store.
inline constexpr std::chrono::seconds shortest_life{60};

/// The end that `valid_for` asks for, at least shortest_life from now, or never.
[[nodiscard]] crypto::Time wanted_end(const session::X509& body, crypto::Time now);

/// The certificate that the session's text gives, with its chain in order (SL-147). Throws
/// Error{invalid} for no certificate, for a key of another certificate and for an issuer that did
/// not sign it.
[[nodiscard]] SecretMaterial explicit_x509(const session::Secret& secret, const session::X509& body,
                                           const SiblingLookup& siblings);

/// The private key that a certificate names, or its own (stored) one in the legacy dialect.
[[nodiscard]] crypto::PrivateKey key_of(const session::Secret& secret, const std::string& key,
                                        const SiblingLookup& siblings);

/// Who signs a certificate: `issuer`, in the legacy dialect the session's CA; "" for itself.
[[nodiscard]] std::string issuer_of(const session::X509& body);

}  // namespace sconectl::casd::secrets
