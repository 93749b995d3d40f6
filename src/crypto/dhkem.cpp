#include "crypto/dhkem.hpp"

#include <openssl/crypto.h>

#include <cassert>

#include "crypto/native.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view hpke_version = "HPKE-v1";
constexpr std::string_view kem_suite("KEM\x00\x20", 5);

Secret hmac(std::string_view key, std::string_view message) {
  Digest digest = hmac_sha256(key, message);
  Secret result(view(digest));
  OPENSSL_cleanse(digest.data(), digest.size());
  return result;
}

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number >> 8U & 0xFFU), static_cast<char>(number & 0xFFU)};
}

KeyPtr native_private(std::string_view private_key) {
  KeyPtr key{EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, octets(private_key),
                                          private_key.size())};
  if (!key) throw_invalid("an X25519 private key has 32 bytes");
  return key;
}

std::string raw_public(EVP_PKEY* key) {
  std::string raw(x25519_size, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, octets(raw), &size) != 1)
    throw_failure("write a public key");
  return raw;
}

/// Nothing if the result would be all zeros, which OpenSSL refuses (RFC 9180 §7.1.4).
std::optional<Secret> diffie_hellman(EVP_PKEY* own, std::string_view their_public) {
  const ErrorQueueGuard guard;
  const KeyPtr theirs{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, octets(their_public),
                                                  their_public.size())};
  const KeyContextPtr context{EVP_PKEY_CTX_new(own, nullptr)};
  Secret shared = Secret::zeros(x25519_size);
  std::size_t size = shared.size();
  if (!theirs || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.writable().data(), &size) != 1) {
    return std::nullopt;
  }
  return shared;
}

KeyPtr fresh_key() {
  KeyPtr key{EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")};
  if (!key) throw_failure("generate a key");
  return key;
}

Encapsulated encapsulate(std::string_view public_key, EVP_PKEY* ephemeral) {
  const auto dh = diffie_hellman(ephemeral, public_key);
  if (!dh) throw_invalid("not an X25519 public key (32 bytes)");
  std::string enc = raw_public(ephemeral);
  Secret shared_secret = dhkem_shared_secret(kem_suite, dh->view(), enc, public_key);
  return {std::move(shared_secret), std::move(enc)};
}

}  // namespace

Secret labeled_extract(std::string_view suite, std::string_view salt, std::string_view label,
                       std::string_view ikm) {
  Secret labeled(hpke_version);
  labeled.append(suite);
  labeled.append(label);
  labeled.append(ikm);
  return hmac(salt, labeled.view());
}

Secret labeled_expand(std::string_view suite, std::string_view prk, std::string_view label,
                      std::string_view info, std::size_t size) {
  assert(size <= std::size_t{255} * 32);
  Secret labeled(two_bytes(size));
  labeled.append(hpke_version);
  labeled.append(suite);
  labeled.append(label);
  labeled.append(info);
  Secret out;
  Secret previous;
  for (std::uint8_t counter = 1; out.size() < size; ++counter) {
    Secret message = previous.clone();
    message.append(labeled.view());
    message.append(std::string(1, static_cast<char>(counter)));
    previous = hmac(prk, message.view());
    out.append(previous.view());
  }
  out.truncate(size);
  return out;
}

Secret dhkem_shared_secret(std::string_view suite, std::string_view dh, std::string_view enc,
                           std::string_view recipient) {
  const Secret prk = labeled_extract(suite, "", "eae_prk", dh);
  const std::string context = std::string(enc) + std::string(recipient);
  return labeled_expand(suite, prk.view(), "shared_secret", context, 32);
}

X25519Pair dhkem_generate() {
  const KeyPtr key = fresh_key();
  X25519Pair pair{Secret::zeros(x25519_size), raw_public(key.get())};
  std::size_t size = x25519_size;
  if (EVP_PKEY_get_raw_private_key(key.get(), pair.private_key.writable().data(), &size) != 1) {
    throw_failure("write a private key");
  }
  return pair;
}

std::string dhkem_public(std::string_view private_key) {
  return raw_public(native_private(private_key).get());
}

Encapsulated dhkem_encapsulate(std::string_view public_key) {
  return encapsulate(public_key, fresh_key().get());
}

Encapsulated dhkem_encapsulate(std::string_view public_key, const X25519Pair& ephemeral) {
  return encapsulate(public_key, native_private(ephemeral.private_key.view()).get());
}

std::optional<Secret> dhkem_decapsulate(std::string_view private_key, std::string_view enc) {
  const KeyPtr own = native_private(private_key);
  const auto dh = diffie_hellman(own.get(), enc);
  if (!dh) return std::nullopt;
  return dhkem_shared_secret(kem_suite, dh->view(), enc, raw_public(own.get()));
}

}  // namespace sconectl::crypto
