#include "sconectl/crypto/pkcs12.hpp"

#include <openssl/pkcs12.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

using Pkcs12Ptr = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
using BundleStackPtr = std::unique_ptr<STACK_OF(X509), FreeWith<+[](STACK_OF(X509) * stack) {
                                         sk_X509_free(stack);  // its members belong to others
                                       }>>;

}  // namespace

Secret pkcs12(const Certificate& certificate, const PrivateKey& key,
              std::span<const Certificate> chain) {
  if (!(certificate.public_key() == key.public_key())) {
    throw_invalid("the private key does not belong to the certificate");
  }
  const BundleStackPtr others{sk_X509_new_null()};
  if (!others) throw_failure("write PKCS#12");
  for (const auto& one : chain) {
    if (sk_X509_push(others.get(), mutable_x509(one.native())) <= 0) {
      throw_failure("write PKCS#12");
    }
  }
  const Pkcs12Ptr container{PKCS12_create("", nullptr, mutable_key(key.native()),
                                          mutable_x509(certificate.native()), others.get(), 0, 0, 0,
                                          0, 0)};
  if (!container) throw_failure("write PKCS#12");
  return Secret::adopt(der_of(container.get(), i2d_PKCS12));
}

}  // namespace sconectl::crypto
