#include "sconectl/crypto/rsa.hpp"

#include <openssl/core_names.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

using NumberContextPtr = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

std::string big_endian(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  if (BN_bn2binpad(number, octets(bytes), static_cast<int>(size)) < 0)
    throw_failure("write a number");
  return bytes;
}

NumberPtr number_of(std::string_view bytes) {
  NumberPtr number{BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr)};
  if (!number) throw_failure("read a number");
  return number;
}

std::string rsa_number(EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) throw_failure("read an RSA key");
  const NumberPtr number{raw};
  return big_endian(number.get(), static_cast<std::size_t>(BN_num_bytes(number.get())));
}

}  // namespace

RsaNumbers rsa_numbers(const PublicKey& key) {
  EVP_PKEY* const native = mutable_key(key.native());
  if (EVP_PKEY_get_base_id(native) != EVP_PKEY_RSA) throw_invalid("not an RSA key");
  return {rsa_number(native, OSSL_PKEY_PARAM_RSA_N), rsa_number(native, OSSL_PKEY_PARAM_RSA_E)};
}

CubeQuotients cube_quotients(std::string_view signature, std::string_view modulus) {
  const NumberPtr s = number_of(signature);
  const NumberPtr n = number_of(modulus);
  if (BN_is_zero(n.get())) throw_invalid("the modulus of an RSA key is zero");
  if (BN_cmp(s.get(), n.get()) >= 0)
    throw_invalid("an RSA signature has to be smaller than its modulus");
  const NumberContextPtr context{BN_CTX_new()};
  const NumberPtr product{BN_new()};
  const NumberPtr rest{BN_new()};
  const NumberPtr q1{BN_new()};
  const NumberPtr q2{BN_new()};
  if (!context || !product || !rest || !q1 || !q2 ||
      BN_sqr(product.get(), s.get(), context.get()) != 1 ||
      BN_div(q1.get(), rest.get(), product.get(), n.get(), context.get()) != 1 ||
      BN_mul(product.get(), rest.get(), s.get(), context.get()) != 1 ||
      BN_div(q2.get(), nullptr, product.get(), n.get(), context.get()) != 1)
    throw_failure("divide numbers");
  return {big_endian(q1.get(), modulus.size()), big_endian(q2.get(), modulus.size())};
}

}  // namespace sconectl::crypto
