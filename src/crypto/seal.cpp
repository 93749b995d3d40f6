#include "sconectl/crypto/seal.hpp"

#include "crypto/aead.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::size_t seal_nonce_size = 12;

void check_key(std::string_view key) {
  if (key.size() != aead_key_size) throw_invalid("a sealing key has 32 bytes");
}

[[noreturn]] void refuse() {
  throw diag::Error(
      diag::ErrorKind::refused,
      "sealed bytes do not open: they were changed, moved, or sealed with another key");
}

}  // namespace

std::string seal(std::string_view key, std::string_view plaintext, std::string_view associated) {
  check_key(key);
  std::string sealed{random_bytes(seal_nonce_size).view()};
  sealed += aead_encrypt(key, sealed, associated, plaintext);
  return sealed;
}

Secret open(std::string_view key, std::string_view sealed, std::string_view associated) {
  check_key(key);
  if (sealed.size() < seal_nonce_size) refuse();
  auto plaintext = aead_decrypt(key, sealed.substr(0, seal_nonce_size), associated,
                                sealed.substr(seal_nonce_size));
  if (!plaintext) refuse();
  return std::move(*plaintext);
}

}  // namespace sconectl::crypto
