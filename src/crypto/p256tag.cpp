#include "crypto/p256tag.hpp"

#include "crypto/chacha20poly1305.hpp"
#include "crypto/dhkem.hpp"
#include "crypto/p256_agreement.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view p256tag_label = "age-encryption.org/p256tag";
constexpr std::size_t p256tag_size = 4;
constexpr std::string_view p256_kem("KEM\x00\x10", 5);
// "HPKE" ‖ KEM 0x0010 (P-256, HKDF-SHA256) ‖ KDF 0x0001 (HKDF-SHA256) ‖ AEAD 0x0003 (ChaCha20)
constexpr std::string_view p256tag_suite("HPKE\x00\x10\x00\x01\x00\x03", 10);

KeyAndNonce keys_from(std::string_view dh, std::string_view enc, std::string_view recipient) {
  const auto shared = dhkem_shared_secret(p256_kem, dh, enc, recipient);
  return hpke_key_schedule(p256tag_suite, shared.view(), p256tag_label);
}

}  // namespace

P256Tagged p256tag_seal(std::string_view recipient, std::string_view file_key) {
  const auto agreement = p256_agree_once(recipient);
  const auto keys = keys_from(agreement.shared.view(), agreement.public_point, recipient);
  const auto sealed = chacha_seal(keys.key.view(), keys.nonce.view(), file_key);
  return {p256tag_tag(agreement.public_point, recipient), agreement.public_point,
          std::string(sealed.view())};
}

std::string p256tag_tag(std::string_view enc, std::string_view recipient) {
  const auto hash = sha256(p256_compressed(recipient));
  const auto extracted = hmac_sha256(
      p256tag_label, std::string(enc) + std::string(view(hash).substr(0, p256tag_size)));
  return std::string(view(extracted).substr(0, p256tag_size));
}

std::optional<Secret> p256tag_open(const P256Key& key, const P256Tagged& tagged) {
  if (p256_point(tagged.enc) != tagged.enc)
    throw diag::Error(diag::ErrorKind::invalid,
                      "a point in the file is not written as it has to be");
  const auto dh = key.agree(tagged.enc);
  const auto keys = keys_from(dh.view(), tagged.enc, key.public_point());
  return chacha_open(keys.key.view(), keys.nonce.view(), tagged.ciphertext);
}

}  // namespace sconectl::crypto
