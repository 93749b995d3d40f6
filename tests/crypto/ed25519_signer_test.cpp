#include "sconectl/crypto/ed25519_signer.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

TEST(Ed25519Signer, signs_as_RFC_8032_does) {
  // Section 7.1, TEST 2.
  const auto key = PrivateKey::from_ed25519_seed(
      unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").value());
  EXPECT_EQ(hex(Ed25519Signer(key).sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519Signer, signs_any_message_as_the_key_itself_does) {
  for (const std::size_t length : {0U, 1U, 31U, 128U, 129U, 5000U}) {
    const auto key = PrivateKey::generate(KeyType::ed25519);
    const auto message = std::string(random_bytes(length).view());
    const auto signature = Ed25519Signer(key).sign(message);
    EXPECT_EQ(signature, key.sign(message)) << length;
    EXPECT_TRUE(key.public_key().verify(message, signature)) << length;
  }
}

TEST(Ed25519Signer, is_not_for_other_keys) {
  EXPECT_THROW(Ed25519Signer(PrivateKey::generate(KeyType::p256)), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
