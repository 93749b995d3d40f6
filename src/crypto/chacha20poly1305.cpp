#include "crypto/chacha20poly1305.hpp"

#include <sodium/crypto_aead_chacha20poly1305.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {

Secret chacha_seal(std::string_view key, std::string_view nonce, std::string_view plaintext) {
  Secret sealed = Secret::zeros(plaintext.size() + chacha_tag);
  crypto_aead_chacha20poly1305_ietf_encrypt(sealed.writable().data(), nullptr, octets(plaintext),
                                            plaintext.size(), nullptr, 0, nullptr, octets(nonce),
                                            octets(key));
  return sealed;
}

std::optional<Secret> chacha_open(std::string_view key, std::string_view nonce,
                                  std::string_view sealed) {
  if (sealed.size() < chacha_tag) return std::nullopt;
  Secret plaintext = Secret::zeros(sealed.size() - chacha_tag);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(plaintext.writable().data(), nullptr, nullptr,
                                                octets(sealed), sealed.size(), nullptr, 0,
                                                octets(nonce), octets(key)) != 0)
    return std::nullopt;
  return plaintext;
}

}  // namespace sconectl::crypto
