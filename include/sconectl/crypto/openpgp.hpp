// OpenPGP keys (RFC 4880 packets, EdDSA and ECDH over Curve25519), as SL-167 wants them.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// A new transferable secret key in binary form: version 4, primary Ed25519 key that certifies and
/// signs, Curve25519 subkey that encrypts, a random user id without a mail address, preferences
/// AES-256, SHA-256, ZLIB. It does not expire and is not protected by a passphrase. `created` is
/// written into it.
[[nodiscard]] Secret generate_pgp_key(Time created);

/// The transferable public key that belongs to it, or a public key as it is. Throws Error{invalid}
/// if it is not one of ours.
[[nodiscard]] std::string pgp_public_key(std::string_view key);
/// It is a transferable secret key. Throws Error{invalid} if it is not one of ours.
[[nodiscard]] bool pgp_has_private_key(std::string_view key);

enum class PgpBlock { public_key, private_key };
/// ASCII armour (RFC 4880 §6.2) with checksum, LF, a newline at the end. It is a Secret because a
/// private key may be inside.
[[nodiscard]] Secret pgp_armor(PgpBlock block, std::string_view binary);

}  // namespace sconectl::crypto
