#include "sconectl/crypto/hpke.hpp"

#include <gtest/gtest.h>

#include "crypto/dhkem.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view info = "open-cas encrypted session v1";

std::string bytes(std::string_view digits) {
  return unhex(digits).value();
}

bool opens(std::string_view private_key, std::string_view with_info, std::string_view sealed) {
  try {
    static_cast<void>(hpke_open(private_key, with_info, "", sealed));
    return true;
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    return false;
  }
}

// RFC 9180 A.1.1: the encapsulation is the same for every AEAD.
TEST(Hpke, RFC9180_A11_encapsulation) {
  const std::string recipient =
      bytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
  const std::string enc = bytes("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
  EXPECT_EQ(hex(x25519_public(recipient)),
            "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  const auto secret = dhkem_decapsulate(recipient, enc);
  ASSERT_TRUE(secret);
  EXPECT_EQ(hex(secret->view()),
            "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc");

  X25519Pair ephemeral{
      Secret(bytes("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")), enc};
  const Encapsulated sent = dhkem_encapsulate(x25519_public(recipient), ephemeral);
  EXPECT_EQ(sent.enc, enc);
  EXPECT_EQ(sent.shared_secret.view(), secret->view());
}

// Encrypted with the HPKE of the Python package `cryptography` 48 (X25519, HKDF-SHA256,
// AES-256-GCM).
TEST(Hpke, RA046_opens_what_another_implementation_sealed) {
  const std::string recipient =
      bytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
  const std::string sealed = bytes(
      "e81b74548efd10f6e6500f226fa0f86e4d66bbc69710e38c03f6b42051dac55f8bc39854cac2c18f66a459ed1ae8"
      "20"
      "ed2c6adcca2205d3030080603d8b04532dbb739e3731");
  EXPECT_EQ(hpke_open(recipient, info, "", sealed).view(), "version: 0.3\nname: a\n");
}

TEST(Hpke, round_trip) {
  const X25519Pair pair = generate_x25519();
  EXPECT_EQ(x25519_public(pair.private_key.view()), pair.public_key);
  for (const std::size_t size : {0UL, 1UL, 100'000UL}) {
    const Secret plaintext = random_bytes(size);
    const std::string sealed = hpke_seal(pair.public_key, info, "aad", plaintext.view());
    EXPECT_EQ(sealed.size(), size + 48);
    EXPECT_EQ(hpke_open(pair.private_key.view(), info, "aad", sealed).view(), plaintext.view());
    EXPECT_NE(sealed, hpke_seal(pair.public_key, info, "aad", plaintext.view()));
  }
}

TEST(Hpke, refuses_changes_another_key_info_and_short_input) {
  const X25519Pair pair = generate_x25519();
  const std::string sealed = hpke_seal(pair.public_key, info, "", "plaintext");
  EXPECT_TRUE(opens(pair.private_key.view(), info, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x04);
    EXPECT_FALSE(opens(pair.private_key.view(), info, changed)) << i;
    EXPECT_FALSE(opens(pair.private_key.view(), info, sealed.substr(0, i))) << i;
  }
  EXPECT_FALSE(opens(pair.private_key.view(), "other", sealed));
  EXPECT_FALSE(opens(generate_x25519().private_key.view(), info, sealed));
  EXPECT_THROW(static_cast<void>(hpke_open(pair.private_key.view(), info, "aad", sealed)),
               diag::Error);
}

// RFC 9180 §7.1.4: a public key of small order makes the shared secret known to everybody.
TEST(Hpke, refuses_public_keys_of_small_order) {
  const X25519Pair pair = generate_x25519();
  const std::string zero(32, '\0');
  EXPECT_THROW(static_cast<void>(hpke_seal(zero, info, "", "x")), diag::Error);
  EXPECT_FALSE(opens(pair.private_key.view(), info, zero + std::string(32, 'x')));
  EXPECT_THROW(static_cast<void>(hpke_seal("short", info, "", "x")), diag::Error);
  EXPECT_THROW(static_cast<void>(x25519_public("short")), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
