// AMD and a Milan of it, made up: certificates with AMD's names and extensions under a root of its
// own, and signed reports. Its RSA keys are shorter than AMD's: they are made quickly.
#pragma once

#include <openssl/rsa.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "attest/fake_pki.hpp"
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

  template <typename T>
  void sign(T* object, int (*with)(T*, EVP_MD_CTX*), const crypto::PrivateKey& issuer) const {
    const auto key = pki::native(issuer);
    const pki::Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
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
    const auto made = pki::certificate(subject, key, issuer, from, until);
    if (is_ca) pki::add_basic_constraints(made.get(), "CA:TRUE");
    if (with_extensions)
      for (const auto& [suffix, content] : extensions)
        pki::add_extension(made.get(), "1.3.6.1.4.1.3704.1." + suffix, content, critical);
    sign(made.get(), X509_sign_ctx, issuer_key);
    return crypto::Certificate::from_der(pki::der_of(made.get(), i2d_X509));
  }

  [[nodiscard]] std::string crl() const {
    const auto revoked = ask_revoked ? std::optional(ask_name) : std::nullopt;
    const auto made = pki::revocation_list(ark_name, revoked, from, until);
    sign(made.get(), X509_CRL_sign_ctx, keys_.ark);
    return pki::der_of(made.get(), i2d_X509_CRL);
  }

  const Keys& keys_;
};

}  // namespace sconectl::test
