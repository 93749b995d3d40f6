// Key files of cosign, `cosign.key`: PKCS#8 under a password (scrypt, NaCl's secretbox) in PEM.
// `cosign.pub` is PublicKey::spki_pem().
#pragma once

#include <functional>
#include <string_view>

#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::supply {

/// What has to be random in a key file; the caller draws it.
struct KeyFileSalt {
  crypto::Secret salt;   ///< 32 bytes
  crypto::Secret nonce;  ///< 24 bytes
};

/// Reads `ENCRYPTED SIGSTORE PRIVATE KEY` and `ENCRYPTED COSIGN PRIVATE KEY`, and every key that
/// PrivateKey::from_any_pem takes. `password` is asked only for an encrypted key; cosign's may have
/// an empty one. It takes 64 MiB of memory for a moment, with some costs 128. Throws Error{invalid}
/// for another file and costs that no version of cosign writes, Error{refused} for a wrong password
/// (or a changed file).
[[nodiscard]] crypto::PrivateKey read_signing_key(std::string_view pem,
                                                  const std::function<crypto::Secret()>& password);

/// `ENCRYPTED SIGSTORE PRIVATE KEY`, as `cosign generate-key-pair` writes it. Throws Error{invalid}
/// for a salt or nonce of another size, Error{unsupported} for keys that cosign does not sign with.
[[nodiscard]] crypto::Secret write_signing_key(const crypto::PrivateKey& key,
                                               const crypto::Secret& password,
                                               const KeyFileSalt& random);

}  // namespace sconectl::supply
