#include "sconectl/crypto/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

void digest(const EVP_MD* algorithm, std::string_view bytes, unsigned char* out) {
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1) {
    throw_failure("hash");
  }
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  digest(algorithm, bytes, octets(out));
  return out;
}

void hmac(const EVP_MD* algorithm, std::string_view key, std::string_view message,
          unsigned char* out) {
  unsigned size = 0;
  // A null key would mean "the key of the last call".
  const void* key_bytes = key.empty() ? "" : key.data();
  if (HMAC(algorithm, key_bytes, static_cast<int>(key.size()), octets(message), message.size(), out,
           &size) == nullptr) {
    throw_failure("compute a message authentication code");
  }
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest out;
  digest(EVP_sha256(), bytes, out.data());
  return out;
}

std::string sha384(std::string_view bytes) {
  return digest(EVP_sha384(), bytes);
}
std::string sha512(std::string_view bytes) {
  return digest(EVP_sha512(), bytes);
}
std::string sha1(std::string_view bytes) {
  return digest(EVP_sha1(), bytes);
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest out;
  hmac(EVP_sha256(), key, message, out.data());
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view message) {
  std::string out(20, '\0');
  hmac(EVP_sha1(), key, message, octets(out));
  return out;
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sconectl::crypto
