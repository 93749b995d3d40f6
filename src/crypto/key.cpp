#include "sconectl/crypto/key.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <array>
#include <utility>

#include "crypto/key_native.hpp"
#include "sconectl/crypto/der.hpp"
#include "sconectl/crypto/pem.hpp"

namespace sconectl::crypto {
namespace {

using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;

constexpr std::array<std::pair<KeyType, std::string_view>, 5> type_names{{
    {KeyType::p256, "P-256"},
    {KeyType::p384, "P-384"},
    {KeyType::ed25519, "Ed25519"},
    {KeyType::rsa2048, "RSA-2048"},
    {KeyType::rsa3072, "RSA-3072"},
}};

KeyType rsa_type(int bits) {
  if (bits == 2048) return KeyType::rsa2048;
  if (bits == 3072) return KeyType::rsa3072;
  return KeyType::rsa_other;
}

KeyType curve_type(EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return KeyType::other;
  if (std::string_view(name.data()) == "prime256v1") return KeyType::p256;
  if (std::string_view(name.data()) == "secp384r1") return KeyType::p384;
  return KeyType::other;
}

PublicKey public_key_of(KeyPtr key) {
  return PublicKey(std::make_shared<const NativeKey>(NativeKey{std::move(key)}));
}

/// A public key from named numbers, or null if the library refuses them.
KeyPtr key_from_params(const char* algorithm, const OSSL_PARAM_BLD* builder) {
  const ParamsPtr params{OSSL_PARAM_BLD_to_param(const_cast<OSSL_PARAM_BLD*>(builder))};
  const KeyContextPtr context{EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return KeyPtr{key};
}

bool verify_native(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const ErrorQueueGuard guard;
  const DigestContextPtr context{EVP_MD_CTX_new()};
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, signature_digest(key), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

}  // namespace

KeyType native_type(EVP_PKEY* key) {
  const ErrorQueueGuard guard;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return KeyType::ed25519;
    case EVP_PKEY_RSA:
      return rsa_type(EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
      return curve_type(key);
    default:
      return KeyType::other;
  }
}

const EVP_MD* signature_digest(EVP_PKEY* key) {
  switch (native_type(key)) {
    case KeyType::ed25519:
      return nullptr;
    case KeyType::p384:
      return EVP_sha384();
    default:
      return EVP_sha256();
  }
}

std::size_t group_width(EVP_PKEY* key) {
  const KeyType type = native_type(key);
  if (type == KeyType::p256) return 32;
  return type == KeyType::p384 ? 48 : 0;
}

std::string_view key_type_name(KeyType type) {
  for (const auto& [known, name] : type_names) {
    if (known == type) return name;
  }
  return type == KeyType::rsa_other ? "RSA" : "unknown";
}

std::optional<KeyType> parse_key_type(std::string_view name) {
  for (const auto& [type, known] : type_names) {
    if (known == name) return type;
  }
  return std::nullopt;
}

PublicKey PublicKey::from_pem(std::string_view pem) {
  const PemBlock block = first_pem_block(pem, "PUBLIC KEY");
  if (block.label != "PUBLIC KEY") {
    throw_invalid("expected a PEM block 'PUBLIC KEY', found '" + block.label + "'");
  }
  return from_der(block.der.view());
}

PublicKey PublicKey::from_der(std::string_view der) {
  const unsigned char* at = octets(der);
  KeyPtr key{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  if (!key || at != octets(der) + der.size()) {
    throw_invalid("not a public key (DER SubjectPublicKeyInfo)");
  }
  return public_key_of(std::move(key));
}

PublicKey PublicKey::from_raw_ed25519(std::string_view raw) {
  KeyPtr key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size())};
  if (!key) throw_invalid("a raw Ed25519 public key has 32 bytes");
  return public_key_of(std::move(key));
}

PublicKey PublicKey::from_point(std::string_view x_and_y) {
  const char* group = x_and_y.size() == 64 ? "P-256" : "P-384";
  if (x_and_y.size() != 64 && x_and_y.size() != 96) {
    throw_invalid("the point of a P-256 key has 64 bytes, of a P-384 key 96");
  }
  const std::string point = '\x04' + std::string(x_and_y);
  const ParamBuilderPtr builder{OSSL_PARAM_BLD_new()};
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    throw_failure("read an elliptic-curve point");
  }
  KeyPtr key = key_from_params("EC", builder.get());
  if (!key) throw_invalid(std::string("the point is not on the curve ") + group);
  return public_key_of(std::move(key));
}

PublicKey PublicKey::from_rsa(std::string_view modulus, std::string_view exponent) {
  constexpr std::size_t longest = 2048;  // 16384 bits, what OpenSSL verifies at most
  if (modulus.size() > longest || exponent.size() > 8) throw_invalid("the RSA key is too large");
  const NumberPtr n{BN_bin2bn(octets(modulus), static_cast<int>(modulus.size()), nullptr)};
  const NumberPtr e{BN_bin2bn(octets(exponent), static_cast<int>(exponent.size()), nullptr)};
  if (!n || !e || BN_is_zero(n.get()) || BN_is_zero(e.get())) {
    throw_invalid("an RSA key has a modulus and an exponent");
  }
  const ParamBuilderPtr builder{OSSL_PARAM_BLD_new()};
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    throw_failure("read an RSA key");
  }
  KeyPtr key = key_from_params("RSA", builder.get());
  if (!key) throw_invalid("not an RSA public key");
  return public_key_of(std::move(key));
}

std::string PublicKey::spki_pem() const {
  return std::string(pem_text("PUBLIC KEY", spki_der()).view());
}

std::string PublicKey::spki_der() const {
  return der_of(mutable_key(*native_), i2d_PUBKEY);
}

std::string PublicKey::raw_ed25519() const {
  if (type() != KeyType::ed25519) throw_invalid("not an Ed25519 key");
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(mutable_key(*native_), octets(raw), &size) != 1) {
    throw_failure("write a public key");
  }
  return raw;
}

KeyType PublicKey::type() const {
  return native_type(mutable_key(*native_));
}

int PublicKey::bits() const {
  return EVP_PKEY_get_bits(mutable_key(*native_));
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  return verify_native(mutable_key(*native_), message, signature);
}

bool PublicKey::verify_raw_ecdsa(std::string_view message, std::string_view r_and_s) const {
  const std::size_t width = group_width(mutable_key(*native_));
  if (width == 0 || r_and_s.size() != 2 * width) return false;
  const auto der = ecdsa_der(r_and_s);
  return der && verify(message, *der);
}

bool PublicKey::operator==(const PublicKey& other) const {
  const ErrorQueueGuard guard;
  return EVP_PKEY_eq(mutable_key(*native_), mutable_key(*other.native_)) == 1;
}

}  // namespace sconectl::crypto
