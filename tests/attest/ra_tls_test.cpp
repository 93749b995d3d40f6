// Certificates with quotes in them, in both forms.
#include "sconectl/attest/ra_tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/fake_platform.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "support/repository.hpp"

namespace sconectl::attest {
namespace {

using Form = test::FakePlatform::RaTls;
using testing::HasSubstr;

struct RaTls : testing::Test {
  test::FakePlatform platform;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::p384);

  static std::string refusal(const crypto::Certificate& certificate) {
    try {
      (void)ra_tls_evidence(certificate);
      return "no error";
    } catch (const diag::Error& error) {
      return error.text();
    }
  }
};

TEST_F(RaTls, EV032_every_form_is_about_its_key) {
  for (const auto form : {Form::gramine, Form::gramine_as_meant, Form::dice}) {
    const auto evidence = ra_tls_evidence(platform.ra_tls(key, form));
    EXPECT_EQ(parse_quote(evidence.quote).report_data(), evidence.report_data);
    EXPECT_EQ(evidence.report_data.substr(32), std::string(32, '\0'));
  }
}

TEST_F(RaTls, EV032_claims_about_nothing_or_another_key_are_refused) {
  const auto with = [&](const std::string& claims) {
    return refusal(platform.ra_tls(key, Form::dice, claims));
  };
  const auto other = crypto::PrivateKey::generate(crypto::KeyType::p384);
  EXPECT_THAT(with(test::FakePlatform::claims_about(other.public_key().spki_der())),
              HasSubstr("about another key"));
  EXPECT_THAT(with("\xa1\x65nonce\x41n"), HasSubstr("not about a key"));
  EXPECT_THAT(with("\x80"), HasSubstr("not about a key"));
  EXPECT_THAT(with("\xa1\x6bpubkey-hash\x01"), HasSubstr("byte string is missing"));
  EXPECT_THAT(with("\xa1\x6bpubkey-hash\x43\x82\x02\x40"), HasSubstr("unknown hash algorithm"));
  EXPECT_THAT(with("\xa1\x6bpubkey-hash\x41\x80"), HasSubstr("not built"));
  EXPECT_THAT(with("\xff"), HasSubstr("no CBOR"));
  const std::string good = test::FakePlatform::claims_about(key.public_key().spki_der());
  EXPECT_THAT(with(good + "x"), HasSubstr("no CBOR"));  // bytes behind it
  std::string twice = "\xa2" + good.substr(1) + good.substr(1);
  EXPECT_THAT(with(twice), HasSubstr("no CBOR"));
  EXPECT_THAT(with(std::string(200, '\x81') + "\x80"), HasSubstr("no CBOR"));  // nests deeply
}

TEST_F(RaTls, EV032_hashes_of_every_length) {
  const std::string spki = key.public_key().spki_der();
  const auto claims = [](char algorithm, const std::string& hash) {
    return "\xa1\x6bpubkey-hash" +
           test::FakePlatform::cbor_bytes(std::string("\x82") + algorithm +
                                          test::FakePlatform::cbor_bytes(hash));
  };
  const auto outcome = [&](char algorithm, const std::string& hash) {
    return refusal(platform.ra_tls(key, Form::dice, claims(algorithm, hash)));
  };
  EXPECT_EQ(outcome(7, crypto::sha384(spki)), "no error");
  EXPECT_EQ(outcome(8, crypto::sha512(spki)), "no error");
  EXPECT_THAT(outcome(8, crypto::sha384(spki)), HasSubstr("about another key"));
  EXPECT_THAT(outcome(9, crypto::sha512(spki)), HasSubstr("not built"));
}

TEST_F(RaTls, EV032_evidence_is_a_pair) {
  const std::string tag("\xd9\xea\x60", 3);
  for (const char* other :
       {"\x83\x41q\x41s\x41s", "\x81\x41q", "\x80", "\xa2\x61q\x41q\x61s\x41s", "\x41q"})
    EXPECT_THAT(refusal(platform.with_extension(key, tag + other)), HasSubstr("it is no pair"));
  EXPECT_THAT(refusal(platform.with_extension(key, "\x82\x41q\x41s")), HasSubstr("not tagged"));
}

/// Each byte would be one more call of the reader, until the stack ends and the CAS with it.
TEST_F(RaTls, EV032_strings_without_a_length_are_refused_however_deep) {
  const std::string tag("\xd9\xea\x60", 3);
  for (const char head : {'\x5f', '\x7f', '\x9f', '\xbf'}) {
    const std::string deep(500'000, head);
    EXPECT_THAT(refusal(platform.with_extension(key, tag + deep)), HasSubstr("no CBOR"));
    EXPECT_THAT(refusal(platform.with_extension(key, tag + "\x82" + deep)), HasSubstr("no CBOR"));
  }
  // A pair whose quote comes in parts, of which one would be enough.
  const std::string parts = "\x82\x5f\x41q\xff\x41s";
  EXPECT_THAT(refusal(platform.with_extension(key, tag + parts)), HasSubstr("no CBOR"));
}

TEST_F(RaTls, EV032_claims_that_nobody_knows_are_left_alone) {
  std::string claims = test::FakePlatform::claims_about(key.public_key().spki_der());
  claims[0] = '\xa2';
  claims += "\x65nonce\x41n";
  EXPECT_EQ(refusal(platform.ra_tls(key, Form::dice, claims)), "no error");
}

TEST_F(RaTls, a_certificate_without_a_quote) {
  crypto::CertificateProfile profile;
  profile.common_name = "RATLS";
  EXPECT_THAT(refusal(crypto::issue(profile, key.public_key(), key)), HasSubstr("holds no quote"));
}

/// As Gramine 1.9 made them.
TEST_F(RaTls, EV032_recorded_certificates) {
  NEEDS_CORPUS("../vectors/dcap");
  const auto files = host::system_files();
  const auto recorded = test::corpus("../vectors/dcap/ratls").lexically_normal();
  std::string pem = files->read(recorded / "gramine-ratls.crt.pem");
  for (auto at = pem.find("TRUSTED "); at != std::string::npos; at = pem.find("TRUSTED "))
    pem.erase(at, 8);
  for (const auto& certificate :
       {crypto::Certificate::from_pem(pem),
        crypto::Certificate::from_der(files->read(recorded / "secret-prov-client.der"))}) {
    const auto evidence = ra_tls_evidence(certificate);
    EXPECT_EQ(parse_quote(evidence.quote).report_data(), evidence.report_data);
  }
}

}  // namespace
}  // namespace sconectl::attest
