#include "sconectl/crypto/key_hash.hpp"

#include <algorithm>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::uint8_t key_hash_version = 0x01;
constexpr std::uint8_t signer_version = 0x0A;

}  // namespace

Digest key_digest(const PublicKey& key) {
  return sha256(key.spki_der());
}

std::string key_hash(const Digest& digest) {
  return base58check(key_hash_version, view(digest));
}

std::string key_hash(const PublicKey& key) {
  return key_hash(key_digest(key));
}

std::optional<Digest> parse_key_hash(std::string_view text) {
  const auto decoded = unbase58check(text);
  Digest digest;
  if (!decoded || decoded->version != key_hash_version ||
      decoded->payload.size() != digest.size()) {
    return std::nullopt;
  }
  std::copy(decoded->payload.begin(), decoded->payload.end(), digest.begin());
  return digest;
}

std::string signer_text(const PublicKey& key) {
  return base58check(signer_version, key.raw_ed25519());
}

std::optional<PublicKey> parse_signer(std::string_view text) {
  const auto decoded = unbase58check(text);
  if (!decoded || decoded->version != signer_version || decoded->payload.size() != 32) {
    return std::nullopt;
  }
  return PublicKey::from_raw_ed25519(decoded->payload);
}

}  // namespace sconectl::crypto
