#include "sconectl/crypto/hpke.hpp"

#include "crypto/aead.hpp"
#include "crypto/dhkem.hpp"

namespace sconectl::crypto {
namespace {

// "HPKE" ‖ KEM 0x0020 (X25519, HKDF-SHA256) ‖ KDF 0x0001 (HKDF-SHA256) ‖ AEAD 0x0002 (AES-256-GCM)
constexpr std::string_view own_suite("HPKE\x00\x20\x00\x01\x00\x02", 10);
constexpr std::size_t hpke_nonce_size = 12;

}  // namespace

KeyAndNonce hpke_key_schedule(std::string_view suite, std::string_view shared_secret,
                              std::string_view info) {
  Secret context(std::string_view("\0", 1));  // mode_base
  context.append(labeled_extract(suite, "", "psk_id_hash", "").view());
  context.append(labeled_extract(suite, "", "info_hash", info).view());
  const Secret secret = labeled_extract(suite, shared_secret, "secret", "");
  return {labeled_expand(suite, secret.view(), "key", context.view(), aead_key_size),
          labeled_expand(suite, secret.view(), "base_nonce", context.view(), hpke_nonce_size)};
}

X25519Pair generate_x25519() {
  return dhkem_generate();
}

std::string x25519_public(std::string_view private_key) {
  return dhkem_public(private_key);
}

std::string hpke_seal(std::string_view public_key, std::string_view info,
                      std::string_view associated, std::string_view plaintext) {
  const Encapsulated encapsulated = dhkem_encapsulate(public_key);
  const KeyAndNonce keys = hpke_key_schedule(own_suite, encapsulated.shared_secret.view(), info);
  return encapsulated.enc + aead_encrypt(keys.key.view(), keys.nonce.view(), associated, plaintext);
}

Secret hpke_open(std::string_view private_key, std::string_view info, std::string_view associated,
                 std::string_view sealed) {
  const std::string_view enc = sealed.substr(0, x25519_size);
  const auto shared_secret = dhkem_decapsulate(private_key, enc);
  if (shared_secret) {
    const KeyAndNonce keys = hpke_key_schedule(own_suite, shared_secret->view(), info);
    auto plaintext =
        aead_decrypt(keys.key.view(), keys.nonce.view(), associated, sealed.substr(enc.size()));
    if (plaintext) return std::move(*plaintext);
  }
  throw diag::Error(diag::ErrorKind::refused,
                    "encrypted bytes do not open: they were changed, or encrypted to another key");
}

}  // namespace sconectl::crypto
