#include "sconectl/crypto/certificate.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/pkcs12.hpp"
#include "sconectl/diag/error.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

using test::run_tool;
using test::Scratch;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Time now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

CertificateProfile profile(std::string common_name) {
  CertificateProfile result;
  result.common_name = std::move(common_name);
  result.not_before = now;
  return result;
}

CertificateProfile ca_profile(std::string common_name) {
  CertificateProfile result = profile(std::move(common_name));
  result.is_ca = true;
  return result;
}

struct Issued {
  PrivateKey key;
  Certificate certificate;
};

Issued self_signed(const CertificateProfile& wanted, KeyType type = KeyType::p256) {
  const PrivateKey key = PrivateKey::generate(type);
  return {key, issue(wanted, key.public_key(), key)};
}

Issued issued(const CertificateProfile& wanted, const Issued& issuer,
              KeyType type = KeyType::p256) {
  const PrivateKey key = PrivateKey::generate(type);
  return {key, issue(wanted, key.public_key(), issuer.key, &issuer.certificate)};
}

/// What `openssl x509 -text` says, without its line breaks and indentation.
std::string described(const Certificate& certificate) {
  const auto result = run_tool({"openssl", "x509", "-noout", "-text"}, certificate.pem());
  EXPECT_EQ(result.status, 0) << result.err;
  std::string text;
  for (const char c : result.out) {
    const char shown = c == '\n' ? ' ' : c;
    if (shown != ' ' || text.empty() || text.back() != ' ') text += shown;
  }
  return text;
}

void expect_refused(const CertificateProfile& wanted) {
  EXPECT_THROW(
      {
        try {
          self_signed(wanted);
        } catch (const diag::Error& error) {
          EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
          throw;
        }
      },
      diag::Error);
}

TEST(Certificate, SL148_ca_profile) {
  const std::string text = described(self_signed(ca_profile("my ca")).certificate);
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("Version: 3"), HasSubstr("Issuer: CN = my ca"),
            HasSubstr("Subject: CN = my ca"), HasSubstr("Basic Constraints: critical CA:TRUE"),
            HasSubstr("Key Usage: critical Certificate Sign, CRL Sign"),
            HasSubstr("Subject Key Identifier"), HasSubstr("Authority Key Identifier"),
            Not(HasSubstr("Extended")), Not(HasSubstr("Alternative"))));
}

TEST(Certificate, SL148_leaf_profile_and_SL139_usage_SL141_names) {
  CertificateProfile wanted = profile("host.example");
  wanted.usage = ExtendedKeyUsage::server;
  wanted.dns_names = {"host.example", "*.host.example"};
  wanted.ips = {"10.0.0.1", "::1"};
  const Issued ca = self_signed(ca_profile("ca"));
  const std::string text = described(issued(wanted, ca).certificate);
  EXPECT_THAT(
      text, AllOf(HasSubstr("Issuer: CN = ca"), HasSubstr("Basic Constraints: critical CA:FALSE"),
                  HasSubstr("Key Usage: critical Digital Signature X509v3 Extended Key Usage: TLS "
                            "Web Server Authentication X509v3"),
                  HasSubstr("DNS:host.example, DNS:*.host.example, IP Address:10.0.0.1, IP "
                            "Address:0:0:0:0:0:0:0:1")));
  wanted.usage = ExtendedKeyUsage::client;
  EXPECT_THAT(described(issued(wanted, ca, KeyType::rsa2048).certificate),
              AllOf(HasSubstr("Key Usage: critical Digital Signature, Key Encipherment"),
                    HasSubstr("TLS Web Client Authentication")));
}

TEST(Certificate, SL148_signature_follows_the_issuers_key) {
  const auto signature_of = [](KeyType type) {
    return described(self_signed(profile("x"), type).certificate);
  };
  EXPECT_THAT(signature_of(KeyType::p256), HasSubstr("ecdsa-with-SHA256"));
  EXPECT_THAT(signature_of(KeyType::p384), HasSubstr("ecdsa-with-SHA384"));
  EXPECT_THAT(signature_of(KeyType::ed25519), HasSubstr("Signature Algorithm: ED25519"));
  EXPECT_THAT(signature_of(KeyType::rsa3072), HasSubstr("sha256WithRSAEncryption"));
}

TEST(Certificate, SL148_serial_is_random_positive_and_long) {
  const Issued ca = self_signed(ca_profile("ca"));
  const std::string one = ca.certificate.serial();
  const std::string two = issue(ca_profile("ca"), ca.key.public_key(), ca.key).serial();
  EXPECT_NE(one, two);
  EXPECT_EQ(one.size(), 16U);
  EXPECT_LT(static_cast<unsigned char>(one[0]), 0x80);
  CertificateProfile wanted = profile("x");
  wanted.serial = "\x05";
  EXPECT_EQ(self_signed(wanted).certificate.serial(), "\x05");
  wanted.serial = std::string(21, 'x');
  expect_refused(wanted);
  wanted.serial = std::string(4, '\0');
  expect_refused(wanted);
}

TEST(Certificate, SL145_dates) {
  const Certificate certificate = self_signed(profile("x")).certificate;
  EXPECT_EQ(certificate.not_before(), now);
  EXPECT_EQ(certificate.not_after(), never_expires);
  EXPECT_THAT(described(certificate), AllOf(HasSubstr("Not Before: Mar 1 00:00:00 2026 GMT"),
                                            HasSubstr("Not After : Jan 1 00:00:00 4096 GMT")));
  CertificateProfile wanted = profile("x");
  wanted.not_after = now;
  expect_refused(wanted);
}

TEST(Certificate, CL026_an_identity_of_1975) {
  CertificateProfile wanted = profile("rcgen self signed cert");
  wanted.dns_names = {"scone cli"};
  wanted.not_before = std::chrono::sys_days{std::chrono::year{1975} / 1 / 1};
  const Certificate certificate = self_signed(wanted).certificate;
  EXPECT_EQ(certificate.not_before(), wanted.not_before);
  EXPECT_THAT(described(certificate), HasSubstr("DNS:scone cli"));
}

TEST(Certificate, SL138_common_names_have_64_characters_of_any_language) {
  const std::string name = std::string(61, 'a') + " \xC3\xA4\xE2\x82\xAC";
  EXPECT_EQ(self_signed(profile(name)).certificate.common_name(), name);
  expect_refused(profile(name + "a"));
  expect_refused(profile("a\nb"));
  expect_refused(profile(""));
  expect_refused(profile("\xff"));
  expect_refused(profile(std::string("a\0b", 3)));
}

TEST(Certificate, SL140_SL141_names_that_clients_take) {
  const std::string label(63, 'a');
  for (const std::string& good :
       {std::string("a"), std::string("a.example"), std::string("*.a.example"),
        std::string("API_DNS"), std::string("_x._tcp.a"), std::string("10.0.0.1"),
        label + "." + label + "." + label + "." + std::string(61, 'b')})
    EXPECT_EQ(dns_name_fault(good), "") << good;
  const std::pair<std::string, std::string> bad[] = {
      {"", "is empty"},
      {"a b", "more than one name"},
      {"a,b", "more than one name"},
      {"a;b", "more than one name"},
      {"a.", "an empty part"},
      {".a", "an empty part"},
      {"a..b", "an empty part"},
      {"*", "stands for no name"},
      {"*.", "an empty part"},
      {"a.*.b", "not the whole first part"},
      {"w*.a", "not the whole first part"},
      {"-a", "begins or ends with '-'"},
      {"a-.b", "begins or ends with '-'"},
      {label + "a", "more than 63"},
      {label + "." + label + "." + label + "." + std::string(62, 'b'), "more than 253"},
      {"\xC3\xA4.de", "xn--"},
      {"http://a", "the character ':'"},
      {std::string("a\0b", 3), "a control character"}};
  for (const auto& [name, fault] : bad) EXPECT_THAT(dns_name_fault(name), HasSubstr(fault)) << name;
  for (const char* good : {"1.2.3.4", "::1", "2001:db8::1"})
    EXPECT_EQ(ip_address_fault(good), "") << good;
  for (const char* bad_address :
       {"", "1.2.3", "1.2.3.256", "1.2.3.4/8", "010.0.0.1", "1.2.3.4,1.2.3.5", "host", "[::1]"})
    EXPECT_NE(ip_address_fault(bad_address), "") << bad_address;
}

// OpenSSL's text form of extensions would take "a,IP:1.2.3.4" for two names.
TEST(Certificate, SL141_names_cannot_smuggle_other_names) {
  for (const std::string& bad :
       {std::string("a,IP:1.2.3.4"), std::string(), std::string("a\nb"), std::string("a\0b", 3),
        std::string("\xC3\xA4.de"), std::string(300, 'a')}) {
    CertificateProfile wanted = profile("x");
    wanted.dns_names = {bad};
    expect_refused(wanted);
  }
  for (const std::string& bad :
       {std::string("1.2.3"), std::string("1.2.3.256"), std::string("a"), std::string(),
        std::string("1.2.3.4\0x", 9), std::string("1.2.3.4/8")}) {
    CertificateProfile wanted = profile("x");
    wanted.ips = {bad};
    expect_refused(wanted);
  }
}

TEST(Certificate, SL149_a_ca_has_no_names_and_no_usage) {
  CertificateProfile wanted = ca_profile("ca");
  wanted.dns_names = {"a"};
  expect_refused(wanted);
  wanted = ca_profile("ca");
  wanted.usage = ExtendedKeyUsage::server;
  expect_refused(wanted);
}

TEST(Certificate, SL151_the_issuers_key_must_be_its_own) {
  const Issued ca = self_signed(ca_profile("ca"));
  const PrivateKey other = PrivateKey::generate(KeyType::p256);
  EXPECT_THROW((void)issue(profile("x"), other.public_key(), other, &ca.certificate), diag::Error);
  EXPECT_THROW((void)issue(profile("x"), other.public_key(), ca.key), diag::Error);
}

TEST(Certificate, reads_what_it_wrote) {
  const Issued ca = self_signed(ca_profile("ca"));
  const Issued leaf = issued(profile("leaf"), ca);
  EXPECT_EQ(Certificate::from_pem(leaf.certificate.pem()), leaf.certificate);
  EXPECT_EQ(Certificate::from_der(leaf.certificate.der()), leaf.certificate);
  EXPECT_TRUE(leaf.certificate.pem().ends_with("-----END CERTIFICATE-----\n"));
  EXPECT_EQ(leaf.certificate.public_key(), leaf.key.public_key());
  EXPECT_TRUE(ca.certificate.is_ca());
  EXPECT_FALSE(leaf.certificate.is_ca());
  EXPECT_TRUE(ca.certificate.self_signed());
  EXPECT_FALSE(leaf.certificate.self_signed());
  EXPECT_TRUE(leaf.certificate.issued_by(ca.certificate));
  EXPECT_EQ(leaf.certificate.issuer_der(), ca.certificate.subject_der());
  // The same name and another key.
  EXPECT_FALSE(leaf.certificate.issued_by(self_signed(ca_profile("ca")).certificate));
  const auto all = certificates_from_pem(leaf.certificate.pem() + "text\n" + ca.certificate.pem());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1], ca.certificate);
  EXPECT_TRUE(certificates_from_pem("").empty());
  EXPECT_EQ(hex(leaf.certificate.extension("2.5.29.19").value()), "3000");
  EXPECT_EQ(leaf.certificate.extension("1.2.3.4"), std::nullopt);
  const auto every = leaf.certificate.extensions();
  const auto constraints = std::find_if(every.begin(), every.end(),
                                        [](const auto& each) { return each.oid == "2.5.29.19"; });
  ASSERT_NE(constraints, every.end());
  EXPECT_TRUE(constraints->critical);
  EXPECT_EQ(hex(constraints->content), "3000");
}

TEST(Certificate, hostile_input_is_refused) {
  const std::string der = self_signed(profile("x")).certificate.der();
  for (std::size_t size = 0; size < der.size(); size += 5) {
    EXPECT_THROW(static_cast<void>(Certificate::from_der(der.substr(0, size))), diag::Error);
  }
  EXPECT_THROW(static_cast<void>(Certificate::from_der(der + "x")), diag::Error);
  EXPECT_THROW(static_cast<void>(Certificate::from_pem("no certificate")), diag::Error);
  EXPECT_THROW(static_cast<void>(certificates_from_pem(
                   "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
               diag::Error);
}

TEST(Chain, SL161_openssl_and_we_verify_a_chain_of_three) {
  const Issued root = self_signed(ca_profile("root"), KeyType::p384);
  const Issued middle = issued(ca_profile("middle"), root, KeyType::rsa2048);
  const Issued leaf = issued(profile("leaf"), middle, KeyType::ed25519);
  const Scratch scratch;
  const auto result = run_tool({"openssl", "verify", "-x509_strict", "-CAfile",
                                scratch.file("root.pem", root.certificate.pem()), "-untrusted",
                                scratch.file("middle.pem", middle.certificate.pem()),
                                scratch.file("leaf.pem", leaf.certificate.pem())});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  const std::vector<Certificate> roots{root.certificate};
  const std::vector<Certificate> middles{middle.certificate};
  EXPECT_TRUE(verify_chain(leaf.certificate, middles, roots));
  EXPECT_TRUE(verify_chain(leaf.certificate, {}, middles));
  EXPECT_FALSE(verify_chain(leaf.certificate, {}, roots));
  EXPECT_FALSE(verify_chain(leaf.certificate, middles, {}));
  const std::vector<Certificate> impostor{self_signed(ca_profile("root")).certificate};
  const ChainVerdict verdict = verify_chain(leaf.certificate, middles, impostor);
  EXPECT_FALSE(verdict);
  EXPECT_NE(verdict.refusal, "");
}

TEST(Chain, a_leaf_is_no_issuer) {
  const Issued root = self_signed(ca_profile("root"));
  const Issued fake_ca = issued(profile("not a ca"), root);
  const Issued leaf = issued(profile("leaf"), fake_ca);
  const std::vector<Certificate> roots{root.certificate};
  const std::vector<Certificate> middles{fake_ca.certificate};
  EXPECT_FALSE(verify_chain(leaf.certificate, middles, roots));
}

TEST(Chain, dates_matter_only_if_a_time_is_given) {
  const Issued root = self_signed(ca_profile("root"));
  CertificateProfile wanted = profile("leaf");
  wanted.not_after = now + std::chrono::hours{1};
  const Issued leaf = issued(wanted, root);
  const std::vector<Certificate> roots{root.certificate};
  EXPECT_TRUE(verify_chain(leaf.certificate, {}, roots));
  EXPECT_TRUE(verify_chain(leaf.certificate, {}, roots, now + std::chrono::minutes{1}));
  EXPECT_FALSE(verify_chain(leaf.certificate, {}, roots, now + std::chrono::hours{2}));
  EXPECT_FALSE(verify_chain(leaf.certificate, {}, roots, now - std::chrono::hours{1}));
}

class Pkcs12 : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(SL157, Pkcs12,
                         testing::Values(KeyType::p256, KeyType::p384, KeyType::ed25519,
                                         KeyType::rsa2048));

TEST_P(Pkcs12, SL157_openssl_opens_it_with_the_empty_password) {
  const Issued root = self_signed(ca_profile("root"));
  const Issued leaf = issued(profile("leaf"), root, GetParam());
  const std::vector<Certificate> chain{root.certificate};
  const Secret container = pkcs12(leaf.certificate, leaf.key, chain);
  const auto result =
      run_tool({"openssl", "pkcs12", "-nodes", "-passin", "pass:"}, container.view());
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(PrivateKey::from_pem(result.out.substr(result.out.find("-----BEGIN PRIVATE KEY")))
                .public_key(),
            leaf.key.public_key());
  EXPECT_THAT(certificates_from_pem(result.out),
              testing::UnorderedElementsAre(leaf.certificate, root.certificate));
}

TEST(Pkcs12Key, SL157_the_key_must_be_the_certificates) {
  const Issued leaf = self_signed(profile("leaf"));
  EXPECT_THROW((void)pkcs12(leaf.certificate, PrivateKey::generate(KeyType::p256), {}),
               diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
