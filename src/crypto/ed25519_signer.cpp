#include "sconectl/crypto/ed25519_signer.hpp"

#include <sodium/crypto_sign_ed25519.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {

// The library is not initialized: of Ed25519 it has one implementation.
Ed25519Signer::Ed25519Signer(const PrivateKey& key) : seed_and_public_key_(key.ed25519_seed()) {
  seed_and_public_key_.append(key.public_key().raw_ed25519());
}

std::string Ed25519Signer::sign(std::string_view message) const {
  std::string signature(crypto_sign_ed25519_BYTES, '\0');
  crypto_sign_ed25519_detached(octets(signature), nullptr, octets(message), message.size(),
                               octets(seed_and_public_key_.view()));
  return signature;
}

}  // namespace sconectl::crypto
