// What the files of this room share: OpenSSL objects with an owner, and its failures as Errors.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;

struct NativeKey {
  KeyPtr key;
};

struct NativeCertificate {
  X509Ptr x509;
};

/// OpenSSL takes a key that it only reads as a pointer to a mutable one; its own locks and
/// reference counts make the calls of this room safe.
[[nodiscard]] inline EVP_PKEY* mutable_key(const NativeKey& native) {
  return native.key.get();
}
[[nodiscard]] inline X509* mutable_x509(const NativeCertificate& native) {
  return native.x509.get();
}

[[nodiscard]] inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
[[nodiscard]] inline unsigned char* octets(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// The library could not do what always works: Error{failed} with its reason. Empties its error
/// queue, which TLS code on the same thread would else take for its own.
[[noreturn]] void throw_failure(std::string_view what);

/// Input that is no such thing: Error{invalid}. Empties the error queue.
[[noreturn]] void throw_invalid(std::string text);

/// Throws Error{invalid} that names `what` has such a date.
[[nodiscard]] Time time_of(const ASN1_TIME* time, std::string_view what);

/// For calls whose failure is an answer: whatever they left in the error queue is removed.
struct ErrorQueueGuard {
  ErrorQueueGuard() = default;
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
  ~ErrorQueueGuard();
};

/// The DER of an object through one of OpenSSL's i2d functions.
template <typename T, typename Encode>
[[nodiscard]] std::string der_of(T* object, Encode encode) {
  const int size = encode(object, nullptr);
  if (size <= 0) throw_failure("encode DER");
  std::string der(static_cast<std::size_t>(size), '\0');
  unsigned char* out = octets(der);
  if (encode(object, &out) != size) throw_failure("encode DER");
  return der;
}

}  // namespace sconectl::crypto
