#include "sconectl/crypto/key_hash.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

constexpr const char* signer_spki =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAOsufQ7RCOXueVLQBpk7Y44GAaj+LzPbmHfdr/TPdlrE=\n"
    "-----END PUBLIC KEY-----\n";

TEST(KeyHash, CL030_published_vectors) {
  const auto digest = parse_key_hash("3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1");
  ASSERT_TRUE(digest);
  EXPECT_EQ(hex(view(*digest)), "78f49e94c4e6c13d6519d4002e5f7329442370145e4bde47dbdc8adfd378a35a");
  for (const char* text : {"3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
                           "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt",
                           "3AC5RSbL73aVVf98m2UMTN2BFsQv6eQufi5BGBxrG8awxP4ygQ",
                           "4USPZDGq2FjrE2wh7FEErbrirCFZcu8nR7YaSjH3NjfJtEAfCc",
                           "42ku6fcMt8fzj8br84Xg1ZmForSJDTuj6wt1pURRcYpVzJiCSL",
                           "4sEY84YhUKT7Q7m4qUj2pmQMxFvZK5XpDyJ3QR6mETVRDkyren"}) {
    const auto parsed = parse_key_hash(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(key_hash(*parsed), text);
  }
}

TEST(KeyHash, SL262_wrong_checksum_version_or_length_is_refused) {
  EXPECT_FALSE(parse_key_hash("3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x2"));
  EXPECT_FALSE(parse_key_hash(base58check(2, std::string(32, 'a'))));
  EXPECT_FALSE(parse_key_hash(base58check(1, std::string(31, 'a'))));
  EXPECT_FALSE(parse_key_hash(base58check(1, std::string(33, 'a'))));
  EXPECT_FALSE(parse_key_hash(""));
  EXPECT_TRUE(parse_key_hash(base58check(1, std::string(32, '\0'))));
}

TEST(KeyHash, CL031_is_the_digest_of_the_spki_that_openssl_writes) {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  const auto spki =
      test::run_tool({"openssl", "pkey", "-pubout", "-outform", "DER"}, key.pkcs8_pem().view());
  ASSERT_EQ(spki.status, 0) << spki.err;
  EXPECT_EQ(key_digest(key.public_key()), sha256(spki.out));
  EXPECT_EQ(key_hash(key.public_key()).size(), 50U);
}

TEST(KeyHash, CL033_signer_short_form) {
  const PublicKey key = PublicKey::from_pem(signer_spki);
  constexpr const char* text = "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM";
  EXPECT_EQ(signer_text(key), text);
  const auto parsed = parse_signer(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, key);
  EXPECT_EQ(parsed->spki_pem(), signer_spki);
}

TEST(KeyHash, CL033_a_key_hash_is_no_signer) {
  EXPECT_FALSE(parse_signer("3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"));
  EXPECT_FALSE(parse_key_hash("LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM"));
  EXPECT_FALSE(parse_signer(base58check(10, std::string(31, 'a'))));
}

}  // namespace
}  // namespace sconectl::crypto
