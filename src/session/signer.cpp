// Keys that sign sessions (SL-265).
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/access_policy.hpp"

namespace sconectl::session {

crypto::PublicKey signer_key(std::string_view pem_or_base58) {
  if (!pem_or_base58.starts_with("-----")) {
    if (auto key = crypto::parse_signer(pem_or_base58)) return *std::move(key);
    throw diag::Error(
        diag::ErrorKind::invalid,
        "a signer is a public key in PEM form ('BEGIN PUBLIC KEY', Ed25519 or P-384) or "
        "the short form that 'self show-session-signing-key' prints");
  }
  auto key = crypto::PublicKey::from_pem(pem_or_base58);
  if (key.type() != crypto::KeyType::ed25519 && key.type() != crypto::KeyType::p384)
    throw diag::Error(diag::ErrorKind::invalid,
                      std::string("a signer's key must be Ed25519 or P-384, this is ") +
                          std::string(crypto::key_type_name(key.type())));
  return key;
}

}  // namespace sconectl::session
