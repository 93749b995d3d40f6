// A manufacturer and its platform, made up: a PKI with Intel's names under a root of its own,
// lists, and quotes with any contents. Only the root tells them from real ones.
#pragma once

#include <fmt/chrono.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "attest/fake_pki.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/der.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::test {

/// What follows from the members is made when it is asked for: change them first.
class FakePlatform {
 public:
  using Time = crypto::Time;

  /// Who signs what.
  struct Keys {
    crypto::PrivateKey root = fresh();
    crypto::PrivateKey ca = fresh();
    crypto::PrivateKey pck = fresh();
    crypto::PrivateKey signing = fresh();
    crypto::PrivateKey attestation = fresh();

    static crypto::PrivateKey fresh() {
      return crypto::PrivateKey::generate(crypto::KeyType::p256);
    }
  };

  FakePlatform() = default;
  explicit FakePlatform(Keys keys) : keys_(std::move(keys)) {}

  // ---- the platform
  std::array<int, 16> components{5, 5, 2, 2, 3, 1, 0, 3};
  int pce_svn = 11;
  std::string fmspc = std::string("\x00\x60\x6A\x00\x00\x00", 6);
  // ---- its quoting enclave
  int qe_svn = 8;
  // ---- what the quote says
  std::string mr_enclave = std::string(32, '\xE4');
  std::string mr_signer = std::string(32, '\xEC');
  bool debug = false;
  std::string report_data = std::string(64, '\x11');
  std::string tee_tcb_svn = std::string("\x05\x01\x03", 3) + std::string(13, '\0');
  std::string seam_attributes = std::string(8, '\0');
  // ---- what the manufacturer says
  std::string tcb_status = "UpToDate";  ///< of all with SVN 5, 5
  std::string advisories = "[]";
  std::string qe_status = "UpToDate";
  std::string module_status = "UpToDate";
  bool pck_revoked = false;
  bool ca_revoked = false;
  Time from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  Time until = std::chrono::sys_days{std::chrono::year{2026} / 2 / 1};

  [[nodiscard]] crypto::Certificate root() const {
    return certificate("Intel SGX Root CA", keys_.root, "Intel SGX Root CA", keys_.root, true, "");
  }

  [[nodiscard]] attest::Collateral collateral(attest::Tee tee = attest::Tee::sgx) const {
    attest::Collateral result;
    result.tcb_info = signed_json("tcbInfo", tcb_info(tee));
    result.qe_identity = signed_json("enclaveIdentity", qe_identity(tee));
    result.signing_chain = certificate("Intel SGX TCB Signing", keys_.signing, "Intel SGX Root CA",
                                       keys_.root, false, "")
                               .pem() +
                           root().pem();
    const auto if_revoked = [](bool revoked, const char* name) {
      return revoked ? std::optional<std::string>(name) : std::nullopt;
    };
    result.root_crl =
        crl("Intel SGX Root CA", keys_.root, if_revoked(ca_revoked, "Intel SGX PCK Platform CA"));
    result.pck_crl = crl("Intel SGX PCK Platform CA", keys_.ca,
                         if_revoked(pck_revoked, "Intel SGX PCK Certificate"));
    return result;
  }

  [[nodiscard]] std::string quote(attest::Tee tee = attest::Tee::sgx) const {
    const bool sgx = tee == attest::Tee::sgx;
    std::string text =
        number(sgx ? 3 : 4, 2) + number(2, 2) + number(sgx ? 0 : 0x81, 4) + number(0, 4) +
        std::string("\x93\x9a\x72\x33\xf7\x9c\x4c\xa9\x94\x0a\x0d\xb3\x95\x7f\x06\x07", 16) +
        std::string(20, '\x07');
    text +=
        sgx ? enclave_report(mr_enclave, mr_signer, debug ? 7 : 5, 0, 0, report_data) : td_report();
    const std::string key = point(keys_.attestation);
    const std::string auth_data(32, '\x2A');
    const auto digest = crypto::sha256(key + auth_data);
    const std::string qe =
        enclave_report(std::string(32, '\x01'), qe_signer(), 0x11, sgx ? 1 : 2, qe_svn,
                       std::string(crypto::view(digest)) + std::string(32, '\0'));
    const std::string chain = pck_chain();
    std::string certification = qe + keys_.pck.sign_raw_ecdsa(qe) + number(32, 2) + auth_data +
                                number(5, 2) + number(chain.size(), 4) + chain;
    if (!sgx) certification = number(6, 2) + number(certification.size(), 4) + certification;
    const std::string auth = keys_.attestation.sign_raw_ecdsa(text) + key + certification;
    return text + number(auth.size(), 4) + auth;
  }

  /// How a certificate holds a quote.
  enum class RaTls { gramine, gramine_as_meant, dice };

  /// Self-signed, with a quote about its key, as an enclave makes it. `other_claims` stand in DICE
  /// evidence instead of those about the key.
  [[nodiscard]] crypto::Certificate ra_tls(const crypto::PrivateKey& key, RaTls form,
                                           const std::string& other_claims = "") {
    const std::string spki = key.public_key().spki_der();
    if (form != RaTls::dice) {
      report_data = half_of(spki);
      return certificate(
          "RATLS", key, "RATLS", key, false, quote(),
          form == RaTls::gramine ? "0.6.9.42.840.113741.1337.6" : "1.2.840.113741.1337.6");
    }
    const std::string claims = other_claims.empty() ? claims_about(spki) : other_claims;
    report_data = half_of(claims);
    const std::string body = quote();
    const std::string evidence = std::string("\xd9\xea\x60\x82\x59", 5) +
                                 static_cast<char>(body.size() >> 8U) +
                                 static_cast<char>(body.size()) + body + cbor_bytes(claims);
    return certificate("RATLS", key, "RATLS", key, false, evidence, "2.23.133.5.4.9");
  }
  /// The evidence of one certificate in another, for another key.
  [[nodiscard]] crypto::Certificate with_extensions_of(const crypto::Certificate& stolen,
                                                       const crypto::PrivateKey& key) const {
    for (const char* id : {"0.6.9.42.840.113741.1337.6", "2.23.133.5.4.9"})
      if (const auto evidence = stolen.extension(id)) return with_extension(key, *evidence, id);
    return stolen;
  }
  /// Self-signed, with anything as its evidence.
  [[nodiscard]] crypto::Certificate with_extension(const crypto::PrivateKey& key,
                                                   const std::string& content,
                                                   const char* id = "2.23.133.5.4.9") const {
    return certificate("RATLS", key, "RATLS", key, false, content, id);
  }
  /// {"pubkey-hash": << [1, SHA-256(spki)] >>}
  static std::string claims_about(const std::string& spki) {
    const auto digest = crypto::sha256(spki);
    return "\xa1\x6bpubkey-hash" + cbor_bytes("\x82\x01" + cbor_bytes(crypto::view(digest)));
  }
  /// Fewer than 256 bytes.
  static std::string cbor_bytes(std::string_view bytes) {
    return std::string("\x58") + static_cast<char>(bytes.size()) + std::string(bytes);
  }

 private:
  static std::string half_of(const std::string& bytes) {
    return std::string(crypto::view(crypto::sha256(bytes))) + std::string(32, '\0');
  }
  static std::string qe_signer() { return std::string(32, '\x8C'); }

  static std::string number(std::size_t value, std::size_t size) {
    std::string result;
    for (std::size_t i = 0; i < size; ++i) result += static_cast<char>(value >> (8 * i) & 0xFFU);
    return result;
  }

  static std::string point(const crypto::PrivateKey& key) {
    const std::string spki = key.public_key().spki_der();
    return spki.substr(spki.size() - 64);
  }

  static std::string enclave_report(const std::string& mr_enclave, const std::string& mr_signer,
                                    std::size_t flags, int product, int svn,
                                    const std::string& data) {
    std::string result = std::string(48, '\0') + number(flags, 8) + number(3, 8) + mr_enclave +
                         std::string(32, '\0') + mr_signer + std::string(96, '\0') +
                         number(static_cast<std::size_t>(product), 2) +
                         number(static_cast<std::size_t>(svn), 2);
    return result + std::string(320 - result.size(), '\0') + data;
  }

  [[nodiscard]] std::string td_report() const {
    return tee_tcb_svn + std::string(48, '\x05') + std::string(48, '\0') + seam_attributes +
           number(debug ? 1 : 0, 8) + std::string(8, '\x03') + std::string(384, '\x0A') +
           report_data;
  }

  // ---- certificates

  [[nodiscard]] std::string pck_chain() const {
    return certificate("Intel SGX PCK Certificate", keys_.pck, "Intel SGX PCK Platform CA",
                       keys_.ca, false, pck_extension())
               .pem() +
           certificate("Intel SGX PCK Platform CA", keys_.ca, "Intel SGX Root CA", keys_.root, true,
                       "")
               .pem() +
           root().pem();
  }

  static std::string integer(int value) {
    return crypto::der_element(
        2, value < 128 ? number(static_cast<std::size_t>(value), 1)
                       : std::string(1, '\0') + number(static_cast<std::size_t>(value), 1));
  }

  [[nodiscard]] std::string pck_extension() const {
    const std::string base("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01", 9);
    const auto item = [](const std::string& id, const std::string& value) {
      return crypto::der_element(0x30, crypto::der_element(6, id) + value);
    };
    std::string tcb;
    for (std::size_t i = 0; i < components.size(); ++i)
      tcb += item(base + '\x02' + static_cast<char>(i + 1), integer(components.at(i)));
    tcb += item(base + '\x02' + '\x11', integer(pce_svn));
    return crypto::der_element(
        0x30, item(base + '\x01', crypto::der_element(4, std::string(16, '\x09'))) +
                  item(base + '\x02', crypto::der_element(0x30, tcb)) +
                  item(base + '\x03', crypto::der_element(4, std::string(2, '\0'))) +
                  item(base + '\x04', crypto::der_element(4, fmspc)));
  }

  [[nodiscard]] crypto::Certificate certificate(
      const std::string& subject, const crypto::PrivateKey& key, const std::string& issuer,
      const crypto::PrivateKey& issuer_key, bool is_ca, const std::string& extension,
      const char* extension_id = "1.2.840.113741.1.13.1") const {
    const auto made = pki::certificate(subject, key, issuer, from, until + std::chrono::years{7});
    pki::add_basic_constraints(made.get(), is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!extension.empty()) pki::add_extension(made.get(), extension_id, extension);
    X509_sign(made.get(), pki::native(issuer_key).get(), EVP_sha256());
    return crypto::Certificate::from_der(pki::der_of(made.get(), i2d_X509));
  }

  [[nodiscard]] std::string crl(const std::string& issuer, const crypto::PrivateKey& key,
                                const std::optional<std::string>& revoked) const {
    const auto made = pki::revocation_list(issuer, revoked, from, until);
    X509_CRL_sign(made.get(), pki::native(key).get(), EVP_sha256());
    return pki::der_of(made.get(), i2d_X509_CRL);
  }

  // ---- lists

  [[nodiscard]] std::string signed_json(const std::string& member, const std::string& text) const {
    return "{\"" + member + "\":" + text + ",\"signature\":\"" +
           crypto::hex(keys_.signing.sign_raw_ecdsa(text)) + "\"}";
  }

  [[nodiscard]] std::string dates() const {
    return fmt::format(
        R"("issueDate":"{:%FT%TZ}","nextUpdate":"{:%FT%TZ}","tcbEvaluationDataNumber":17)", from,
        until);
  }

  static std::string svns(const std::vector<int>& first) {
    std::string result = "[";
    for (std::size_t i = 0; i < 16; ++i)
      result +=
          fmt::format(R"({}{{"svn":{}}})", i == 0 ? "" : ",", i < first.size() ? first[i] : 0);
    return result + "]";
  }

  static std::string level(attest::Tee tee, const std::vector<int>& sgx, int pce,
                           const std::string& status, const std::string& advisories) {
    const std::string tdx =
        tee == attest::Tee::tdx ? R"(,"tdxtcbcomponents":)" + svns({5, 0, 3}) : "";
    return fmt::format(
        R"({{"tcb":{{"sgxtcbcomponents":{}{},"pcesvn":{}}},"tcbDate":"2025-01-01T00:00:00Z","tcbStatus":"{}","advisoryIDs":{}}})",
        svns(sgx), tdx, pce, status, advisories);
  }

  [[nodiscard]] std::string tcb_info(attest::Tee tee) const {
    const std::string module =
        fmt::format(R"("mrsigner":"{}","attributes":"{}","attributesMask":"{}")",
                    std::string(96, '0'), std::string(16, '0'), std::string(16, 'F'));
    const std::string modules =
        tee == attest::Tee::sgx
            ? ""
            : fmt::format(
                  R"("tdxModule":{{{}}},"tdxModuleIdentities":[{{"id":"TDX_01",{},"tcbLevels":[{{"tcb":{{"isvsvn":5}},"tcbDate":"2025-01-01T00:00:00Z","tcbStatus":"{}"}}]}}],)",
                  module, module, module_status);
    return fmt::format(
        R"({{"id":"{}","version":3,{},"fmspc":"{}","pceId":"0000","tcbType":0,{}"tcbLevels":[{},{}]}})",
        tee == attest::Tee::sgx ? "SGX" : "TDX", dates(), crypto::hex(fmspc), modules,
        level(tee, {5, 5, 2, 2, 3, 1, 0, 3}, 11, tcb_status, advisories),
        level(tee, {2, 2}, 5, "OutOfDate", R"(["INTEL-SA-00615"])"));
  }

  [[nodiscard]] std::string qe_identity(attest::Tee tee) const {
    return fmt::format(
        R"({{"id":"{}","version":2,{},"miscselect":"00000000","miscselectMask":"FFFFFFFF","attributes":"11{}","attributesMask":"FB{}{}","mrsigner":"{}","isvprodid":{},"tcbLevels":[{{"tcb":{{"isvsvn":6}},"tcbDate":"2025-01-01T00:00:00Z","tcbStatus":"{}"}},{{"tcb":{{"isvsvn":4}},"tcbDate":"2024-01-01T00:00:00Z","tcbStatus":"OutOfDate"}}]}})",
        tee == attest::Tee::sgx ? "QE" : "TD_QE", dates(), std::string(30, '0'),
        std::string(14, 'F'), std::string(16, '0'), crypto::hex(qe_signer()),
        tee == attest::Tee::sgx ? 1 : 2, qe_status);
  }

  Keys keys_;
};

}  // namespace sconectl::test
