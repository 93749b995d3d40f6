#include "sconectl/crypto/crl.hpp"

#include <gtest/gtest.h>

#include "attest/fake_pki.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

namespace pki = test::pki;

struct CrlTest : testing::Test {
  const Time from{std::chrono::seconds(1'750'000'000)};
  const Time until = from + std::chrono::hours(24);
  const PrivateKey key = PrivateKey::generate(KeyType::p256);

  Certificate certificate(const std::string& name, const PrivateKey& its_key) const {
    const auto made = pki::certificate(name, its_key, "issuer", from, until);
    X509_sign(made.get(), pki::native(key).get(), EVP_sha256());
    return Certificate::from_der(pki::der_of(made.get(), i2d_X509));
  }
  Crl list(const std::optional<std::string>& revoked = std::nullopt) const {
    const auto made = pki::revocation_list("issuer", revoked, from, until);
    X509_CRL_sign(made.get(), pki::native(key).get(), EVP_sha256());
    return Crl::from_text(pki::der_of(made.get(), i2d_X509_CRL));
  }
};

TEST_F(CrlTest, an_issuer_is_its_name_and_its_key_whoever_was_asked_about_before) {
  const auto other_key = PrivateKey::generate(KeyType::p256);
  const Crl crl = list();
  for (int times = 0; times < 2; ++times) {
    EXPECT_FALSE(crl.issued_by(certificate("issuer", other_key)));
    EXPECT_TRUE(crl.issued_by(certificate("issuer", key)));
    EXPECT_FALSE(crl.issued_by(certificate("other issuer", key)));
  }
}

TEST_F(CrlTest, what_is_listed_is_revoked) {
  EXPECT_TRUE(list("a name").revokes(certificate("a name", key)));
  EXPECT_FALSE(list("a name").revokes(certificate("another name", key)));
  EXPECT_EQ(list().this_update(), from);
  EXPECT_EQ(list().next_update(), until);
}

TEST_F(CrlTest, forms_that_are_none_are_refused) {
  EXPECT_THROW(Crl::from_text(""), diag::Error);
  EXPECT_THROW(Crl::from_text("-----BEGIN CERTIFICATE-----\n"), diag::Error);
  EXPECT_THROW(Crl::from_text("3003020100"), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
