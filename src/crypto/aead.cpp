#include "crypto/aead.hpp"

#include <cassert>
#include <limits>

namespace sconectl::crypto {
namespace {

int size_of(std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() - 64)) {
    throw_invalid("too many bytes to encrypt at once");
  }
  return static_cast<int>(bytes.size());
}

/// Looked up once; EVP_aes_256_gcm() would be looked up by its name at every use.
const EVP_CIPHER* aes_256_gcm() {
  using CipherPtr = std::unique_ptr<EVP_CIPHER, FreeWith<EVP_CIPHER_free>>;
  static const CipherPtr cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  if (!cipher) throw_failure("use AES-256-GCM");
  return cipher.get();
}

}  // namespace

std::string aead_encrypt(std::string_view key, std::string_view nonce, std::string_view associated,
                         std::string_view plaintext) {
  assert(key.size() == aead_key_size && nonce.size() == 12);
  const CipherContextPtr context{EVP_CIPHER_CTX_new()};
  std::string out(plaintext.size() + aead_tag_size, '\0');
  int done = 0;
  int size = 0;
  if (!context ||
      EVP_EncryptInit_ex(context.get(), aes_256_gcm(), nullptr, octets(key), octets(nonce)) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &size, octets(associated), size_of(associated)) !=
          1 ||
      EVP_EncryptUpdate(context.get(), octets(out), &done, octets(plaintext), size_of(plaintext)) !=
          1 ||
      EVP_EncryptFinal_ex(context.get(), octets(out) + done, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_size,
                          octets(out) + plaintext.size()) != 1) {
    throw_failure("encrypt");
  }
  return out;
}

std::optional<Secret> aead_decrypt(std::string_view key, std::string_view nonce,
                                   std::string_view associated, std::string_view ciphertext) {
  assert(key.size() == aead_key_size && nonce.size() == 12);
  if (ciphertext.size() < aead_tag_size) return std::nullopt;
  const ErrorQueueGuard guard;
  const CipherContextPtr context{EVP_CIPHER_CTX_new()};
  const std::string_view body = ciphertext.substr(0, ciphertext.size() - aead_tag_size);
  std::string tag{ciphertext.substr(body.size())};
  Secret plaintext = Secret::zeros(body.size());
  unsigned char last = 0;  // GCM writes nothing at the end
  int size = 0;
  if (!context ||
      EVP_DecryptInit_ex(context.get(), aes_256_gcm(), nullptr, octets(key), octets(nonce)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_size, tag.data()) != 1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &size, octets(associated), size_of(associated)) !=
          1) {
    throw_failure("decrypt");
  }
  if (!body.empty() && EVP_DecryptUpdate(context.get(), plaintext.writable().data(), &size,
                                         octets(body), size_of(body)) != 1) {
    return std::nullopt;
  }
  if (EVP_DecryptFinal_ex(context.get(), &last, &size) != 1) return std::nullopt;
  return plaintext;
}

}  // namespace sconectl::crypto
