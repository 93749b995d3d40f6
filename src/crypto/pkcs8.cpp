#include "crypto/pkcs8.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "sconectl/crypto/der.hpp"

namespace sconectl::crypto {
namespace {

/// [1] IMPLICIT BIT STRING as RFC 5958 wants it, or the explicit form that older Rust libraries
/// write.
std::optional<std::string> attached_public_key(const DerElement& element) {
  std::string_view bits = element.content;
  if (element.tag == 0xA1) {
    const auto inner = next_der(bits);
    if (!inner || inner->tag != 0x03 || !bits.empty()) return std::nullopt;
    bits = inner->content;
  }
  if (bits.size() < 2 || bits.front() != '\0') return std::nullopt;
  return std::string(bits.substr(1));
}

}  // namespace

std::optional<Pkcs8Version1> pkcs8_version1(std::string_view der) {
  const auto outer = next_der(der);
  if (!outer || outer->tag != 0x30 || !der.empty()) return std::nullopt;
  std::string_view inside = outer->content;
  const auto version = next_der(inside);
  const auto algorithm = next_der(inside);
  const auto key = next_der(inside);
  if (!version || !algorithm || !key || version->tag != 0x02 || version->content.size() != 1) {
    return std::nullopt;
  }
  Pkcs8Version1 result;
  if (version->content.front() == '\0') {
    result.der = Secret(outer->whole);
    return result;
  }
  if (version->content.front() != '\1') return std::nullopt;
  while (!inside.empty()) {
    const auto extra = next_der(inside);
    if (!extra) return std::nullopt;
    if (extra->tag == 0xA0) continue;  // attributes have no meaning for us
    if (extra->tag != 0x81 && extra->tag != 0xA1) return std::nullopt;
    const auto attached = attached_public_key(*extra);
    if (!attached) return std::nullopt;
    result.public_key = *attached;
  }
  std::string body;
  body.reserve(outer->whole.size());
  body.append(der_element(0x02, std::string_view("\0", 1))).append(algorithm->whole);
  body.append(key->whole);
  result.der = Secret::adopt(der_element(0x30, body));
  wipe(body);
  return result;
}

namespace {

/// Name and size of the numbers of a curve; nothing for others.
struct Curve {
  const char* name = nullptr;
  std::size_t width = 0;
};
Curve curve_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* kind = nullptr;
  int type = 0;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&kind, &type, &parameter, algorithm);
  if (OBJ_obj2nid(kind) != NID_X9_62_id_ecPublicKey || type != V_ASN1_OBJECT) return {};
  switch (OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter))) {
    case NID_X9_62_prime256v1:
      return {"P-256", 32};
    case NID_secp384r1:
      return {"P-384", 48};
    default:
      return {};
  }
}

/// ECPrivateKey (RFC 5915): the private number, and the point.
struct CurveNumbers {
  std::string_view number;
  std::string_view point;
};
std::optional<CurveNumbers> curve_numbers(std::string_view der) {
  const auto outer = next_der(der);
  if (!outer || outer->tag != 0x30 || !der.empty()) return std::nullopt;
  std::string_view inside = outer->content;
  const auto version = next_der(inside);
  const auto number = next_der(inside);
  if (!version || version->whole != std::string_view("\x02\x01\x01") || !number ||
      number->tag != 0x04)
    return std::nullopt;
  auto next = next_der(inside);
  if (next && next->tag == 0xA0) next = next_der(inside);  // the curve, again
  if (!next || next->tag != 0xA1 || !inside.empty()) return std::nullopt;
  std::string_view bits = next->content;
  const auto point = next_der(bits);
  if (!point || point->tag != 0x03 || !bits.empty() || point->content.size() < 2 ||
      point->content.front() != '\0')
    return std::nullopt;
  return CurveNumbers{number->content, point->content.substr(1)};
}

}  // namespace

KeyPtr curve_key(const PKCS8_PRIV_KEY_INFO& pkcs8) {
  const ErrorQueueGuard guard;
  const unsigned char* bytes = nullptr;
  int size = 0;
  const X509_ALGOR* algorithm = nullptr;
  if (PKCS8_pkey_get0(nullptr, &bytes, &size, &algorithm, &pkcs8) != 1) return nullptr;
  Curve curve = curve_of(algorithm);
  if (curve.name == nullptr) return nullptr;
  const auto numbers =
      curve_numbers({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  // Other forms of a point would be kept as they are.
  if (!numbers || numbers->number.size() != curve.width ||
      numbers->point.size() != 2 * curve.width + 1 || numbers->point.front() != '\x04')
    return nullptr;
  // Numbers are handed over as this machine writes them: little-endian.
  Secret number(numbers->number);
  std::reverse(number.writable().begin(), number.writable().end());
  std::string group(curve.name);
  std::string point(numbers->point);
  const std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number.writable().data(), number.size()),
      OSSL_PARAM_construct_end()};
  const KeyContextPtr context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR,
                        const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return nullptr;
  return KeyPtr(key);
}

}  // namespace sconectl::crypto
