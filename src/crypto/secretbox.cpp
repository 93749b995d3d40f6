#include "sconectl/crypto/secretbox.hpp"

#include <sodium/crypto_secretbox.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {

// The library is not initialized: it takes its portable code then, which is fast enough for a key
// file.
static_assert(secretbox_key_size == crypto_secretbox_KEYBYTES);
static_assert(secretbox_nonce_size == crypto_secretbox_NONCEBYTES);

std::string secretbox_seal(std::string_view key, std::string_view nonce,
                           std::string_view plaintext) {
  if (key.size() != secretbox_key_size || nonce.size() != secretbox_nonce_size) {
    throw_invalid("a secretbox takes a key of 32 bytes and a nonce of 24");
  }
  std::string box(crypto_secretbox_MACBYTES + plaintext.size(), '\0');
  crypto_secretbox_easy(octets(box), octets(plaintext), plaintext.size(), octets(nonce),
                        octets(key));
  return box;
}

std::optional<Secret> secretbox_open(std::string_view key, std::string_view nonce,
                                     std::string_view box) {
  if (key.size() != secretbox_key_size || nonce.size() != secretbox_nonce_size ||
      box.size() < crypto_secretbox_MACBYTES) {
    return std::nullopt;
  }
  Secret plaintext = Secret::zeros(box.size() - crypto_secretbox_MACBYTES);
  if (crypto_secretbox_open_easy(plaintext.writable().data(), octets(box), box.size(),
                                 octets(nonce), octets(key)) != 0) {
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace sconectl::crypto
