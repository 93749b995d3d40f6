// Signed envelopes (https://github.com/secure-systems-lab/dsse, v1.0): the form of attestations.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/key.hpp"

namespace sconectl::supply {

/// The payload type of in-toto statements.
inline constexpr std::string_view in_toto_type = "application/vnd.in-toto+json";
/// The media type of an envelope.
inline constexpr std::string_view dsse_media_type = "application/vnd.dsse.envelope.v1+json";

/// What is signed: "DSSEv1 LENGTH TYPE LENGTH PAYLOAD".
[[nodiscard]] std::string pre_authentication(std::string_view payload_type,
                                             std::string_view payload);

/// The JSON of an envelope with one signature, whose key id is empty, as cosign writes it. An ECDSA
/// signature is another one each time. Throws Error{unsupported} for keys that cosign reads in
/// another way (see require_signing_key).
[[nodiscard]] std::string signed_envelope(std::string_view payload_type, std::string_view payload,
                                          const crypto::PrivateKey& key);

/// The payload of an envelope that `key` has signed; one of several signatures is enough. Throws
/// Error{invalid} for what is no envelope of this payload type, Error{refused} if none of its
/// signatures is of the key.
[[nodiscard]] std::string verified_payload(std::string_view envelope, std::string_view payload_type,
                                           const crypto::PublicKey& key);

/// P-256, Ed25519 and RSA of 2048 bits and more. Throws Error{unsupported} for others: cosign
/// takes SHA-256 for P-384, too, and nobody else does.
void require_signing_key(const crypto::PublicKey& key);

}  // namespace sconectl::supply
