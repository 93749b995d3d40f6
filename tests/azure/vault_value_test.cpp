// What a vault's value becomes (SL-191, SL-192).
#include "sconectl/azure/vault_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/pkcs12.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"
#include "support/repository.hpp"

namespace sconectl::azure {
namespace {

using session::SecretKind;
using testing::HasSubstr;

VaultSecret secret(std::string_view value, std::string type = "") {
  return {crypto::Secret(value), std::move(type), "v"};
}

std::string refusal(const VaultSecret& secret, std::optional<SecretKind> kind,
                    const crypto::Secret* key = nullptr) {
  try {
    (void)vault_value(secret, kind, key);
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    EXPECT_THAT(error.text(), test::HasButNot(" ", "hunter2"));
    return error.text();
  }
  ADD_FAILURE() << "it was taken";
  return "";
}

std::string hash(std::string_view bytes) {
  return crypto::hex(crypto::view(crypto::sha256(bytes)));
}

std::string outcome(const VaultValue& value) {
  if (const auto* text = std::get_if<TextValue>(&value))
    return "utf8 " + std::string(text->text.view());
  if (const auto* bytes = std::get_if<BytesValue>(&value))
    return "hex " + crypto::hex(bytes->bytes.view());
  if (const auto* key = std::get_if<crypto::PrivateKey>(&value))
    return "key " + hash(key->public_key().spki_der());
  return "certificate";
}

TEST(VaultValue, SL191_every_envelope_of_the_vectors) {
  NEEDS_CORPUS("../vectors/azure");
  std::ifstream file(test::corpus("../vectors/azure/scone-akv-envelope.json"));
  const auto vectors = nlohmann::json::parse(file);
  const crypto::Secret key(crypto::unhex(vectors["decryption_key_hex"].get<std::string>()).value());
  int count = 0;
  for (const auto& each : vectors["vectors"]) {
    ++count;
    const auto stored =
        secret(each["akv_value"].get<std::string>(), each["contentType"].get<std::string>());
    const auto& expected = each["expect"];
    SCOPED_TRACE(each["name"].get<std::string>());
    if (expected.contains("error")) {
      EXPECT_NE(refusal(stored, std::nullopt, &key), "");
      continue;
    }
    const auto got = outcome(vault_value(stored, std::nullopt, &key));
    if (expected.contains("utf8")) {
      EXPECT_EQ(got, "utf8 " + expected["utf8"].get<std::string>());
    }
    if (expected.contains("hex")) {
      EXPECT_EQ(got, "hex " + expected["hex"].get<std::string>());
    }
    if (expected.contains("spki_sha256")) {
      EXPECT_EQ(got, "key " + expected["spki_sha256"].get<std::string>());
    }
  }
  EXPECT_EQ(count, 15);
}

TEST(VaultValue, SL191_kind_and_type_have_to_fit) {
  NEEDS_CORPUS("../vectors/azure");
  std::ifstream file(test::corpus("../vectors/azure/scone-akv-envelope.json"));
  const auto vectors = nlohmann::json::parse(file);
  const crypto::Secret key(crypto::unhex(vectors["decryption_key_hex"].get<std::string>()).value());
  const auto value = [&](std::size_t index) {
    return vectors["vectors"][index]["akv_value"].get<std::string>();
  };
  EXPECT_EQ(outcome(vault_value(secret(value(0)), SecretKind::ascii, &key)).substr(0, 12),
            "utf8 correct");
  EXPECT_THAT(refusal(secret(value(0)), SecretKind::binary, &key), HasSubstr("'binary'"));
  EXPECT_THAT(refusal(secret(value(2), "binary"), SecretKind::ascii, &key),
              HasSubstr("another kind"));
  EXPECT_THAT(refusal(secret(value(4), "PKCS#1"), SecretKind::x509, &key), HasSubstr("PKCS#1"));
  EXPECT_THAT(refusal(secret(value(0)), SecretKind::x509, &key), HasSubstr("no certificate"));
  const crypto::Secret short_key("short");
  EXPECT_THAT(refusal(secret(value(0)), std::nullopt, &short_key), HasSubstr("32 bytes"));
}

struct Chain {
  crypto::PrivateKey root_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::PrivateKey middle_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::PrivateKey leaf_key = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
  crypto::Certificate root = made("root", root_key, root_key, nullptr, true);
  crypto::Certificate middle = made("middle", middle_key, root_key, &root, true);
  crypto::Certificate leaf = made("rest-api.scone.sample", leaf_key, middle_key, &middle, false);

  static crypto::Certificate made(const std::string& name, const crypto::PrivateKey& key,
                                  const crypto::PrivateKey& by, const crypto::Certificate* issuer,
                                  bool ca) {
    crypto::CertificateProfile profile;
    profile.common_name = name;
    profile.is_ca = ca;
    profile.not_before = crypto::Time(std::chrono::seconds(1'750'000'000));
    profile.not_after = profile.not_before + std::chrono::hours(24);
    return crypto::issue(profile, key.public_key(), by, issuer);
  }
};

TEST(VaultValue, A05_a_certificate_is_a_chain_with_the_leaf_first) {
  const Chain chain;
  const std::string key(chain.leaf_key.pkcs8_pem().view());
  const std::string all[] = {chain.leaf.pem(), chain.middle.pem(), chain.root.pem()};
  std::vector<int> order{0, 1, 2};
  do {
    std::string pem;
    for (const int which : order) pem += all[which];
    for (const auto& text : {key + pem, pem + key}) {
      const auto value =
          std::get<CertificateValue>(vault_value(secret(text), std::nullopt, nullptr));
      ASSERT_EQ(value.chain.size(), 3U);
      EXPECT_EQ(value.chain[0], chain.leaf);
      EXPECT_EQ(value.chain[1], chain.middle);
      EXPECT_EQ(value.chain[2], chain.root);
      EXPECT_EQ(value.key->public_key(), chain.leaf_key.public_key());
    }
    // Without a key, as vaults give it away for keys that may not leave.
    const auto value =
        std::get<CertificateValue>(vault_value(secret(pem), SecretKind::x509, nullptr));
    EXPECT_EQ(value.chain[0], chain.leaf);
    EXPECT_FALSE(value.key);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(VaultValue, certificates_that_are_no_chain) {
  const Chain chain;
  const Chain other;
  const std::string key(chain.leaf_key.pkcs8_pem().view());
  EXPECT_THAT(refusal(secret(key + other.leaf.pem()), std::nullopt),
              HasSubstr("none of its certificates"));
  // What belongs to another chain is left out; line ends of any kind.
  std::string mixed = key + other.root.pem() + chain.leaf.pem();
  for (std::size_t at = 0; (at = mixed.find('\n', at)) != std::string::npos; at += 2)
    mixed.insert(at, "\r");
  EXPECT_EQ(
      std::get<CertificateValue>(vault_value(secret(mixed), std::nullopt, nullptr)).chain.size(),
      1U);
  EXPECT_NE(refusal(secret("-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"),
                    std::nullopt),
            "");
  EXPECT_THAT(refusal(secret("hunter2"), SecretKind::x509), HasSubstr("PKCS#12"));
}

TEST(VaultValue, Z08_a_bare_private_key) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const std::string pem(key.pkcs8_pem().view());
  EXPECT_EQ(outcome(vault_value(secret(pem), std::nullopt, nullptr)),
            "key " + hash(key.public_key().spki_der()));
  EXPECT_EQ(outcome(vault_value(secret(pem), SecretKind::private_key, nullptr)),
            "key " + hash(key.public_key().spki_der()));
  EXPECT_EQ(outcome(vault_value(secret(pem), SecretKind::ascii, nullptr)), "utf8 " + pem);
  EXPECT_THAT(refusal(secret("hunter2"), SecretKind::private_key), HasSubstr("no private key"));
  EXPECT_NE(
      refusal(
          secret(
              "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
          std::nullopt),
      "");
}

TEST(VaultValue, SL192_a_text_that_quotes_pem_is_text) {
  const Chain chain;
  const std::string quoting = "server: {key: '" + std::string(chain.leaf_key.pkcs8_pem().view()) +
                              "', certificate: '" + chain.leaf.pem() + "'}";
  EXPECT_EQ(outcome(vault_value(secret(quoting), std::nullopt, nullptr)), "utf8 " + quoting);
  EXPECT_EQ(outcome(vault_value(secret("\r\n" + chain.leaf.pem()), std::nullopt, nullptr)),
            "certificate");
}

TEST(VaultValue, SL192_everything_else_is_text) {
  EXPECT_EQ(outcome(vault_value(secret("a13f688c"), std::nullopt, nullptr)), "utf8 a13f688c");
  const Chain chain;
  const auto pfx = crypto::base64(crypto::pkcs12(chain.leaf, chain.leaf_key, {}).view());
  EXPECT_EQ(outcome(vault_value(secret(pfx, "application/x-pkcs12"), std::nullopt, nullptr)),
            "utf8 " + pfx);
  EXPECT_EQ(outcome(vault_value(secret("DEADbeef\n"), SecretKind::binary, nullptr)),
            "hex deadbeef");
  EXPECT_THAT(refusal(secret("hunter2"), SecretKind::binary), HasSubstr("hex digits"));
  EXPECT_THAT(refusal(secret(std::string_view("a\0b", 3)), std::nullopt), HasSubstr("NUL"));
  EXPECT_THAT(refusal(secret("\xff\xfe"), std::nullopt), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace sconectl::azure
