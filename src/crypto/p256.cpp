#include "sconectl/crypto/p256.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>

#include "crypto/native.hpp"
#include "crypto/p256_agreement.hpp"

namespace sconectl::crypto {
namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;

constexpr const char* no_p256_point = "these bytes are no point of the curve P-256";

/// SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1 (RFC 5480).
constexpr std::string_view der_prefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00",
    26);

std::string in_form(std::string_view bytes, point_conversion_form_t form) {
  const ErrorQueueGuard guard;
  if (bytes.size() != p256_point_size && bytes.size() != p256_compressed_size)
    throw_invalid(no_p256_point);
  const GroupPtr group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  const PointPtr point{group ? EC_POINT_new(group.get()) : nullptr};
  if (!point) throw_failure("make a point");
  if (EC_POINT_oct2point(group.get(), point.get(), octets(bytes), bytes.size(), nullptr) != 1)
    throw_invalid(no_p256_point);
  std::string written(p256_point_size, '\0');
  written.resize(
      EC_POINT_point2oct(group.get(), point.get(), form, octets(written), written.size(), nullptr));
  return written;
}

/// d2i_PUBKEY() knows more than one form of the parameters; so the bytes are compared.
KeyPtr native_p256(std::string_view point) {
  const auto der = p256_der(point);
  const auto* at = octets(der);
  KeyPtr key{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  if (!key) throw_invalid(no_p256_point);
  return key;
}

}  // namespace

std::string p256_point(std::string_view bytes) {
  return in_form(bytes, POINT_CONVERSION_UNCOMPRESSED);
}

std::string p256_compressed(std::string_view bytes) {
  return in_form(bytes, POINT_CONVERSION_COMPRESSED);
}

std::string p256_der(std::string_view point) {
  return std::string(der_prefix) + p256_point(point);
}

std::string p256_point_of_der(std::string_view der) {
  if (!der.starts_with(der_prefix)) throw_invalid("this is no public key on P-256");
  return p256_point(der.substr(der_prefix.size()));
}

P256Agreement p256_agree_once(std::string_view point) {
  const KeyPtr ephemeral{EVP_EC_gen("P-256")};
  if (!ephemeral) throw_failure("generate a key");
  const KeyPtr theirs = native_p256(point);
  P256Agreement result{std::string(p256_point_size, '\0'), Secret::zeros(p256_coordinate_size)};
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(ephemeral.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                      octets(result.public_point), result.public_point.size(),
                                      &size) != 1 ||
      size != p256_point_size)
    throw_failure("write a public key");
  const KeyContextPtr context{EVP_PKEY_CTX_new(ephemeral.get(), nullptr)};
  size = result.shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), result.shared.writable().data(), &size) != 1 ||
      size != p256_coordinate_size)
    throw_failure("agree on a key");
  return result;
}

}  // namespace sconectl::crypto
