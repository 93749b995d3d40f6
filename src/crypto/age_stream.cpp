#include "crypto/age_stream.hpp"

#include <openssl/crypto.h>

#include "crypto/chacha20poly1305.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {

Secret age_hkdf(std::string_view material, std::string_view salt, std::string_view info) {
  auto extracted = hmac_sha256(salt, material);
  auto expanded = hmac_sha256(view(extracted), std::string(info) + '\1');
  Secret result(view(expanded));
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
  return result;
}

Secret age_payload_key(std::string_view file_key, std::string_view nonce) {
  return age_hkdf(file_key, nonce, "payload");
}

std::string AgeChunks::nonce(bool last) const {
  constexpr std::size_t counter_end = chacha_nonce - 2;
  constexpr unsigned bits_of_byte = 8;
  std::string result(chacha_nonce, '\0');
  std::uint64_t left = number_;
  for (std::size_t i = 0; i < sizeof left; ++i, left >>= bits_of_byte)
    result[counter_end - i] = static_cast<char>(left & 0xffU);
  result.back() = last ? '\1' : '\0';
  return result;
}

std::string AgeChunks::seal(std::string_view chunk, bool last) {
  const auto sealed = chacha_seal(key_.view(), nonce(last), chunk);
  ++number_;
  return std::string(sealed.view());
}

std::optional<Secret> AgeChunks::open(std::string_view sealed, bool last) {
  auto chunk = chacha_open(key_.view(), nonce(last), sealed);
  if (chunk && chunk->empty() && number_ > 0) return std::nullopt;
  ++number_;
  return chunk;
}

}  // namespace sconectl::crypto
