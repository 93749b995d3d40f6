// Key hashes and the short form of signers (CL-029 ... CL-033).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::crypto {

/// SHA-256 of the DER SubjectPublicKeyInfo (CL-031).
[[nodiscard]] Digest key_digest(const PublicKey& key);

/// Base58Check version 1 of a digest: 50 characters (CL-029).
[[nodiscard]] std::string key_hash(const Digest& digest);
[[nodiscard]] std::string key_hash(const PublicKey& key);

/// No value unless alphabet, checksum, version and length are right (SL-262).
[[nodiscard]] std::optional<Digest> parse_key_hash(std::string_view text);

/// Base58Check version 0x0a of a raw Ed25519 key (CL-033). Throws Error{invalid} for another type.
[[nodiscard]] std::string signer_text(const PublicKey& key);
[[nodiscard]] std::optional<PublicKey> parse_signer(std::string_view text);

}  // namespace sconectl::crypto
