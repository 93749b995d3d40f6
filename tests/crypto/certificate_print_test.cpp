#include "sconectl/crypto/certificate_print.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

TEST(CertificatePrint, is_the_certificates_own_also_when_it_is_remembered) {
  for (int number = 0; number < 3; ++number) {
    const auto key = PrivateKey::generate(KeyType::p256);
    CertificateProfile profile;
    profile.common_name = "who";
    const auto certificate = issue(profile, key.public_key(), key);
    for (int time = 0; time < 2; ++time) {
      const auto print = certificate_print(certificate.pem());
      EXPECT_EQ(print.key, key_digest(key.public_key()));
      EXPECT_EQ(print.pem_sha256, hex(view(sha256(certificate.pem()))));
    }
  }
}

TEST(CertificatePrint, what_is_no_certificate_stays_none) {
  for (int time = 0; time < 2; ++time)
    EXPECT_THROW((void)certificate_print("-----BEGIN CERTIFICATE-----\nAAAA\n"), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
