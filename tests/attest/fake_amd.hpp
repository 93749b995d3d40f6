// AMD and a Milan of it, made up: certificates with AMD's names and extensions under a root of its
// own, and signed reports. Its RSA keys are shorter than AMD's: they are made quickly.
#pragma once

#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/crypto/der.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::test {

/// What follows from the members is made when it is asked for: change them first.
struct FakeAmd {
  using Time = crypto::Time;

  /// Who signs what.
  struct Keys {
    crypto::PrivateKey ark = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
    crypto::PrivateKey ask = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
    crypto::PrivateKey leaf = crypto::PrivateKey::generate(crypto::KeyType::p384);
  };
  static const Keys& usual_keys() {
    static const Keys keys;
    return keys;
  }
  static const Keys& other_keys() {
    static const Keys keys;
    return keys;
  }

  explicit FakeAmd(const Keys& keys = usual_keys()) : keys_(keys) {}

  // ---- the certificates
  std::string ark_name = "ARK-Milan";
  std::string ask_name = "SEV-Milan";
  std::string leaf_name = "SEV-VCEK";
  bool ark_is_ca = true;
  bool ask_is_ca = true;
  bool leaf_is_ca = false;
  bool pss = true;  ///< else PKCS#1 v1.5
  bool critical = false;
  bool ask_revoked = false;
  Time from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  Time until = std::chrono::sys_days{std::chrono::year{2026} / 2 / 1};
  /// Below 1.3.6.1.4.1.3704.1; DER but for the chip.
  std::map<std::string, std::string> extensions{
      {"1", integer(0)},     {"2", crypto::der_element(0x16, "Milan-B0")},
      {"3.1", integer(4)},   {"3.2", integer(0)},
      {"3.3", integer(24)},  {"3.4", integer(0)},
      {"3.8", integer(219)}, {"4", std::string(64, '\x0C')}};
  // ---- the report
  std::string report_bytes = usual_report();

  static std::string integer(int value) {
    std::string content(1, static_cast<char>(value));
    if (value >= 128) content.insert(0, 1, '\0');
    return crypto::der_element(2, content);
  }
  /// As a Milan has it.
  static std::string tcb(int bootloader, int tee, int snp, int microcode) {
    std::string result(8, '\0');
    result[0] = static_cast<char>(bootloader);
    result[1] = static_cast<char>(tee);
    result[6] = static_cast<char>(snp);
    result[7] = static_cast<char>(microcode);
    return result;
  }
  void set(std::size_t at, const std::string& bytes) {
    report_bytes.replace(at, bytes.size(), bytes);
  }

  [[nodiscard]] std::string report() const {
    std::string bytes = report_bytes;
    const std::string raw = keys_.leaf.sign_raw_ecdsa(std::string_view(bytes).substr(0, 0x2A0));
    bytes.replace(0x2A0, 48, std::string(raw.rbegin() + 48, raw.rend()));
    bytes.replace(0x2A0 + 72, 48, std::string(raw.rbegin(), raw.rbegin() + 48));
    return bytes;
  }
  [[nodiscard]] crypto::Certificate root() const {
    return certificate(ark_name, keys_.ark, ark_name, keys_.ark, ark_is_ca, false);
  }
  [[nodiscard]] attest::SnpCertificates certificates() const {
    attest::SnpCertificates result;
    result.ark = root().der();
    result.ask = certificate(ask_name, keys_.ask, ark_name, keys_.ark, ask_is_ca, false).der();
    result.vcek = certificate(leaf_name, keys_.leaf, ask_name, keys_.ask, leaf_is_ca, true).der();
    result.vlek = result.vcek;
    result.crl = crl();
    return result;
  }

 private:
  template <typename T, void (*Free)(T*)>
  using Owned = std::unique_ptr<T, decltype([](T* object) { Free(object); })>;
  using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

  static std::string usual_report() {
    std::string bytes(attest::snp_report_size, '\0');
    bytes[0] = 3;
    bytes[0x0A] = 2;   // the policy's reserved bit
    bytes[0x34] = 1;   // ECDSA P-384
    bytes[0x40] = 32;  // aliases were looked for
    bytes.replace(0x90, 48, 48, '\x0A');
    bytes.replace(0x160, 32, 32, '\xFF');
    bytes[0x188] = 0x19;
    bytes[0x189] = 0x01;
    bytes.replace(0x1A0, 64, 64, '\x0C');
    for (const std::size_t at : {0x38U, 0x180U, 0x1E0U, 0x1F0U})
      bytes.replace(at, 8, tcb(4, 0, 24, 219));
    return bytes;
  }

  static Key native(const crypto::PrivateKey& key) {
    const auto der = key.pkcs8_der();
    const auto* at = reinterpret_cast<const unsigned char*>(der.view().data());
    return Key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.view().size())));
  }
  static void name(X509_NAME* into, const std::string& text) {
    X509_NAME_add_entry_by_txt(into, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  }
  static void add(X509* to, X509_EXTENSION* one) {
    X509_add_ext(to, one, -1);
    X509_EXTENSION_free(one);
  }
  template <typename T>
  static std::string der_of(T* object, int (*write)(const T*, unsigned char**)) {
    unsigned char* der = nullptr;
    const int size = write(object, &der);
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
  }
  template <typename T>
  void sign(T* object, int (*with)(T*, EVP_MD_CTX*), const crypto::PrivateKey& issuer) const {
    const auto key = native(issuer);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;
    EVP_DigestSignInit(context.get(), &padding, EVP_sha384(), nullptr, key.get());
    if (pss) {
      EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 48);
    }
    with(object, context.get());
  }

  [[nodiscard]] crypto::Certificate certificate(const std::string& subject,
                                                const crypto::PrivateKey& key,
                                                const std::string& issuer,
                                                const crypto::PrivateKey& issuer_key, bool is_ca,
                                                bool with_extensions) const {
    const Owned<X509, X509_free> made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), static_cast<long>(subject.size()));
    name(X509_get_subject_name(made.get()), subject);
    name(X509_get_issuer_name(made.get()), issuer);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), from.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(made.get()), until.time_since_epoch().count());
    X509_set_pubkey(made.get(), native(key).get());
    if (is_ca)
      add(made.get(), X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "CA:TRUE"));
    for (const auto& [suffix, content] : extensions) {
      if (!with_extensions) break;
      const Owned<ASN1_OBJECT, ASN1_OBJECT_free> id(
          OBJ_txt2obj(("1.3.6.1.4.1.3704.1." + suffix).c_str(), 1));
      const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
      ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(content.data()),
                            static_cast<int>(content.size()));
      add(made.get(),
          X509_EXTENSION_create_by_OBJ(nullptr, id.get(), critical ? 1 : 0, value.get()));
    }
    sign(made.get(), X509_sign_ctx, issuer_key);
    return crypto::Certificate::from_der(der_of(made.get(), i2d_X509));
  }

  [[nodiscard]] std::string crl() const {
    const Owned<X509_CRL, X509_CRL_free> made(X509_CRL_new());
    X509_CRL_set_version(made.get(), 1);
    const Owned<X509_NAME, X509_NAME_free> issuer(X509_NAME_new());
    name(issuer.get(), ark_name);
    X509_CRL_set_issuer_name(made.get(), issuer.get());
    const Owned<ASN1_TIME, ASN1_STRING_free> begin(
        ASN1_TIME_set(nullptr, from.time_since_epoch().count()));
    const Owned<ASN1_TIME, ASN1_STRING_free> end(
        ASN1_TIME_set(nullptr, until.time_since_epoch().count()));
    X509_CRL_set1_lastUpdate(made.get(), begin.get());
    X509_CRL_set1_nextUpdate(made.get(), end.get());
    if (ask_revoked) {
      X509_REVOKED* const entry = X509_REVOKED_new();
      const Owned<ASN1_INTEGER, ASN1_INTEGER_free> serial(ASN1_INTEGER_new());
      ASN1_INTEGER_set(serial.get(), static_cast<long>(ask_name.size()));
      X509_REVOKED_set_serialNumber(entry, serial.get());
      X509_REVOKED_set_revocationDate(entry, begin.get());
      X509_CRL_add0_revoked(made.get(), entry);
    }
    sign(made.get(), X509_CRL_sign_ctx, keys_.ark);
    return der_of(made.get(), i2d_X509_CRL);
  }

  const Keys& keys_;
};

}  // namespace sconectl::test
