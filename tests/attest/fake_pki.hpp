// What made-up manufacturers have in common: certificates and lists of revoked ones, to be signed
// as each of them signs.
#pragma once

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::test::pki {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using RevocationList = Owned<X509_CRL, X509_CRL_free>;

inline Key native(const crypto::PrivateKey& key) {
  const auto der = key.pkcs8_der();
  const auto* at = reinterpret_cast<const unsigned char*>(der.view().data());
  return Key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.view().size())));
}

inline void name(X509_NAME* into, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(into, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
}

/// `write` is OpenSSL's i2d function.
template <typename T>
std::string der_of(T* object, int (*write)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int size = write(object, &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

/// A certificate's serial number is the length of its name.
inline long serial_of(const std::string& subject) {
  return static_cast<long>(subject.size());
}

/// Without extensions, not signed yet.
inline Certificate certificate(const std::string& subject, const crypto::PrivateKey& key,
                               const std::string& issuer, crypto::Time from, crypto::Time until) {
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial_of(subject));
  name(X509_get_subject_name(made.get()), subject);
  name(X509_get_issuer_name(made.get()), issuer);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), from.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(made.get()), until.time_since_epoch().count());
  X509_set_pubkey(made.get(), native(key).get());
  return made;
}

/// `value` as OpenSSL's configuration writes it: "critical,CA:TRUE".
inline void add_basic_constraints(X509* to, const char* value) {
  const Owned<X509_EXTENSION, X509_EXTENSION_free> made(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, value));
  X509_add_ext(to, made.get(), -1);
}

inline void add_extension(X509* to, const std::string& id, const std::string& content,
                          bool critical = false) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(id.c_str(), 1));
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(content.data()),
                        static_cast<int>(content.size()));
  const Owned<X509_EXTENSION, X509_EXTENSION_free> made(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, value.get()));
  X509_add_ext(to, made.get(), -1);
}

/// Not signed yet. `revoked` is the name of a certificate that certificate() made.
inline RevocationList revocation_list(const std::string& issuer,
                                      const std::optional<std::string>& revoked, crypto::Time from,
                                      crypto::Time until) {
  RevocationList made(X509_CRL_new());
  X509_CRL_set_version(made.get(), 1);
  const Owned<X509_NAME, X509_NAME_free> issuer_name(X509_NAME_new());
  name(issuer_name.get(), issuer);
  X509_CRL_set_issuer_name(made.get(), issuer_name.get());
  const Owned<ASN1_TIME, ASN1_STRING_free> begin(
      ASN1_TIME_set(nullptr, from.time_since_epoch().count()));
  const Owned<ASN1_TIME, ASN1_STRING_free> end(
      ASN1_TIME_set(nullptr, until.time_since_epoch().count()));
  X509_CRL_set1_lastUpdate(made.get(), begin.get());
  X509_CRL_set1_nextUpdate(made.get(), end.get());
  if (revoked) {
    X509_REVOKED* const entry = X509_REVOKED_new();
    const Owned<ASN1_INTEGER, ASN1_INTEGER_free> serial(ASN1_INTEGER_new());
    ASN1_INTEGER_set(serial.get(), serial_of(*revoked));
    X509_REVOKED_set_serialNumber(entry, serial.get());
    X509_REVOKED_set_revocationDate(entry, begin.get());
    X509_CRL_add0_revoked(made.get(), entry);
  }
  return made;
}

}  // namespace sconectl::test::pki
