#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/key_native.hpp"
#include "crypto/pkcs8.hpp"
#include "sconectl/crypto/der.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/pem.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view not_pkcs8 = "not a private key (DER PKCS#8)";

PrivateKey private_key_of(KeyPtr key) {
  return PrivateKey(std::make_shared<const NativeKey>(NativeKey{std::move(key)}));
}

/// The subjectPublicKey bits, which is what version 2 attaches.
std::string public_bits(EVP_PKEY* key) {
  using SpkiPtr = std::unique_ptr<X509_PUBKEY, FreeWith<X509_PUBKEY_free>>;
  X509_PUBKEY* raw = nullptr;
  if (X509_PUBKEY_set(&raw, key) != 1) throw_failure("write a public key");
  const SpkiPtr spki{raw};
  const unsigned char* bits = nullptr;
  int size = 0;
  X509_PUBKEY_get0_param(nullptr, &bits, &size, nullptr, spki.get());
  return {reinterpret_cast<const char*>(bits), static_cast<std::size_t>(size)};
}

/// Only keys that this program can sign and serve TLS with (SL-128).
void refuse_unsupported(EVP_PKEY* key) {
  constexpr int smallest_rsa = 2048;
  constexpr int largest_rsa = 8192;
  const KeyType type = native_type(key);
  const int bits = EVP_PKEY_get_bits(key);
  if (type == KeyType::other ||
      (type == KeyType::rsa_other && (bits < smallest_rsa || bits > largest_rsa))) {
    throw_invalid(
        "the type of the private key is not supported; supported are P-256, P-384, Ed25519 and RSA "
        "with 2048 to 8192 bits");
  }
}

std::string conversion_hint(const std::string& label) {
  constexpr std::string_view command = "; convert it with: openssl pkcs8 -topk8 -nocrypt -in OLD";
  if (label == "EC PRIVATE KEY") {
    return "the private key is SEC1 ('EC PRIVATE KEY'), PKCS#8 is needed" + std::string(command);
  }
  if (label == "RSA PRIVATE KEY") {
    return "the private key is PKCS#1 ('RSA PRIVATE KEY'), PKCS#8 is needed" + std::string(command);
  }
  if (label == "ENCRYPTED PRIVATE KEY") {
    return "the private key is encrypted; decrypt it with: openssl pkcs8 -topk8 -nocrypt -in OLD";
  }
  return "expected a PEM block 'PRIVATE KEY' (PKCS#8), found '" + label + "'";
}

/// `openssl ecparam -genkey` writes a block with the curve's name before the key.
PemBlock first_key_block(std::string_view pem) {
  PemBlock block = first_pem_block(pem, "PRIVATE KEY");
  while (block.label == "EC PARAMETERS" || block.label == "CERTIFICATE") {
    auto next = next_pem_block(pem);
    if (!next) throw_invalid(conversion_hint(block.label));
    block = std::move(*next);
  }
  return block;
}

/// Of an EC key: a point that was compressed stays so. Other keys have no such thing.
void keep_point_form(EVP_PKEY* from, EVP_PKEY* to) {
  constexpr const char* form = OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT;
  const ErrorQueueGuard guard;
  std::array<char, 32> name{};
  if (EVP_PKEY_get_utf8_string_param(from, form, name.data(), name.size(), nullptr) == 1)
    EVP_PKEY_set_utf8_string_param(to, form, name.data());
}

/// With padding of its own if `prepare` sets one.
std::string sign_native(
    EVP_PKEY* key, std::string_view message,
    bool (*prepare)(EVP_PKEY_CTX*) = [](EVP_PKEY_CTX*) { return true; }) {
  const DigestContextPtr context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* signing = nullptr;  // the context's
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), &signing, signature_digest(key), nullptr, key) != 1 ||
      !prepare(signing) ||
      EVP_DigestSign(context.get(), nullptr, &size, octets(message), message.size()) != 1) {
    throw_failure("sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) !=
      1) {
    throw_failure("sign");
  }
  signature.resize(size);  // a DER signature may be shorter than announced
  return signature;
}

}  // namespace

PrivateKey PrivateKey::generate(KeyType type) {
  KeyPtr key;
  switch (type) {
    case KeyType::p256:
      key.reset(EVP_EC_gen("P-256"));
      break;
    case KeyType::p384:
      key.reset(EVP_EC_gen("P-384"));
      break;
    case KeyType::ed25519:
      key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
      break;
    case KeyType::rsa2048:
      key.reset(EVP_RSA_gen(2048));
      break;
    case KeyType::rsa3072:
      key.reset(EVP_RSA_gen(3072));
      break;
    case KeyType::rsa_other:
    case KeyType::other:
      throw diag::Error(diag::ErrorKind::unsupported, "keys of this type are not generated");
  }
  if (!key) throw_failure("generate a key");
  return private_key_of(std::move(key));
}

PrivateKey PrivateKey::generate_for_enclaves() {
  constexpr int enclave_key_bits = 3072;
  const NumberPtr exponent{BN_new()};
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  if (!exponent || BN_set_word(exponent.get(), 3) != 1 || !context ||
      EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), enclave_key_bits) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) != 1 ||
      EVP_PKEY_generate(context.get(), &made) != 1) {
    throw_failure("generate a key");
  }
  return private_key_of(KeyPtr(made));
}

PrivateKey PrivateKey::from_pem(std::string_view pem) {
  const PemBlock block = first_key_block(pem);
  if (block.label != "PRIVATE KEY") throw_invalid(conversion_hint(block.label));
  PrivateKey key = from_der(block.der.view());
  // A hand-made key may carry a public part that is not its own; what it signs then verifies
  // nowhere.
  constexpr std::string_view probe = "does this key fit itself?";
  const ErrorQueueGuard guard;
  if (!key.public_key().verify(probe, key.sign(probe))) {
    throw_invalid("the private key does not belong to the public key that is stored with it");
  }
  return key;
}

PrivateKey PrivateKey::from_der(std::string_view der) {
  const auto version1 = pkcs8_version1(der);
  if (!version1) throw_invalid(std::string(not_pkcs8));
  const unsigned char* at = version1->der.bytes().data();
  const Pkcs8Ptr pkcs8{
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(version1->der.size()))};
  if (!pkcs8) throw_invalid(std::string(not_pkcs8));
  KeyPtr key = curve_key(*pkcs8);
  if (!key) key.reset(EVP_PKCS82PKEY(pkcs8.get()));
  if (!key) throw_invalid(std::string(not_pkcs8));
  refuse_unsupported(key.get());
  if (!version1->public_key.empty() && version1->public_key != public_bits(key.get())) {
    throw_invalid("the private key does not belong to the public key that is stored with it");
  }
  return private_key_of(std::move(key));
}

PrivateKey PrivateKey::from_ed25519_seed(std::string_view seed) {
  KeyPtr key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size())};
  if (!key) throw_invalid("the seed of an Ed25519 key has 32 bytes");
  return private_key_of(std::move(key));
}

Secret PrivateKey::pkcs8_pem() const {
  return pem_text("PRIVATE KEY", pkcs8_der().view());
}

Secret PrivateKey::pkcs8_der() const {
  if (type() == KeyType::ed25519) {
    constexpr std::string_view head(
        "\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
    constexpr std::string_view middle("\x81\x21\x00", 3);
    Secret der(head);
    der.append(ed25519_seed().view());
    der.append(middle);
    der.append(public_bits(mutable_key(*native_)));
    return der;
  }
  const Pkcs8Ptr pkcs8{EVP_PKEY2PKCS8(mutable_key(*native_))};
  if (!pkcs8) throw_failure("write a private key");
  return Secret::adopt(der_of(pkcs8.get(), i2d_PKCS8_PRIV_KEY_INFO));
}

Secret PrivateKey::ed25519_seed() const {
  if (type() != KeyType::ed25519) throw_invalid("not an Ed25519 key");
  Secret seed = Secret::zeros(32);
  std::size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(mutable_key(*native_), seed.writable().data(), &size) != 1) {
    throw_failure("write a private key");
  }
  return seed;
}

PublicKey PrivateKey::public_key() const {
  // A copy without the private part, so that it does not live longer than its owner wants.
  EVP_PKEY* const own = mutable_key(*native_);
  OSSL_PARAM* numbers = nullptr;
  if (EVP_PKEY_todata(own, EVP_PKEY_PUBLIC_KEY, &numbers) != 1) throw_failure("copy a public key");
  const ParamsPtr owner{numbers};
  const KeyContextPtr context{EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr)};
  EVP_PKEY* copy = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &copy, EVP_PKEY_PUBLIC_KEY, numbers) != 1) {
    throw_failure("copy a public key");
  }
  NativeKey result{KeyPtr(copy)};
  keep_point_form(own, copy);
  return PublicKey(std::make_shared<const NativeKey>(std::move(result)));
}

KeyType PrivateKey::type() const {
  return native_type(mutable_key(*native_));
}

std::string PrivateKey::sign(std::string_view message) const {
  return sign_native(mutable_key(*native_), message);
}

std::string PrivateKey::sign_pss(std::string_view message) const {
  if (EVP_PKEY_get_base_id(mutable_key(*native_)) != EVP_PKEY_RSA) throw_invalid("not an RSA key");
  return sign_native(mutable_key(*native_), message, [](EVP_PKEY_CTX* context) {
    constexpr int salt_size = 32;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_size) == 1;
  });
}

std::string PrivateKey::sign_raw_ecdsa(std::string_view message) const {
  const std::size_t width = group_width(mutable_key(*native_));
  if (width == 0) throw_invalid("not a P-256 or P-384 key");
  auto raw = ecdsa_raw(sign(message), width);
  if (!raw) throw_failure("read its own signature");
  return std::move(*raw);
}

}  // namespace sconectl::crypto
