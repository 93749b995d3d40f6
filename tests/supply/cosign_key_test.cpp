#include "sconectl/supply/cosign_key.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/pem.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::supply {
namespace {

using crypto::Secret;
using nlohmann::json;

/// `cosign generate-key-pair` of v2.6.5 wrote it under "correct horse".
std::string recorded_key(const std::string& name) {
  return test::text_of(test::source_directory() / "tests/supply/cosign" / name);
}

std::function<Secret()> password(const std::string& text) {
  return [text] { return Secret(text); };
}

KeyFileSalt fresh() {
  return {crypto::random_bytes(32), crypto::random_bytes(24)};
}

/// The kind of the error and its text.
std::pair<diag::ErrorKind, std::string> refusal(const std::string& pem,
                                                const std::string& word = "correct horse") {
  try {
    static_cast<void>(read_signing_key(pem, password(word)));
  } catch (const diag::Error& error) {
    return {error.kind(), error.text()};
  }
  ADD_FAILURE() << "read";
  return {diag::ErrorKind::failed, ""};
}

/// The file of cosign with something changed in its JSON.
template <typename Change>
std::string changed_file(Change change) {
  const auto block = crypto::first_pem_block(recorded_key("cosign.key"), "key");
  auto file = json::parse(block.der.view());
  change(file);
  return std::string(crypto::pem_text(block.label, file.dump()).view());
}

TEST(CosignKey, reads_what_cosign_wrote) {
  const auto key = read_signing_key(recorded_key("cosign.key"), password("correct horse"));
  EXPECT_EQ(key.type(), crypto::KeyType::p256);
  EXPECT_EQ(key.public_key().spki_pem(), recorded_key("cosign.pub"));
}

TEST(CosignKey, reads_both_labels) {
  const auto block = crypto::first_pem_block(recorded_key("cosign.key"), "key");
  const Secret old = crypto::pem_text("ENCRYPTED COSIGN PRIVATE KEY", block.der.view());
  EXPECT_NO_THROW(static_cast<void>(read_signing_key(old.view(), password("correct horse"))));
}

TEST(CosignKey, writes_the_form_that_cosign_writes) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const Secret file = write_signing_key(key, Secret("pass"), fresh());
  EXPECT_THAT(std::string(file.view()),
              ::testing::StartsWith("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
  EXPECT_TRUE(read_signing_key(file.view(), password("pass")).public_key() == key.public_key());
  // The same members in the same order.
  const auto members = [](std::string_view pem) {
    auto content = nlohmann::ordered_json::parse(crypto::first_pem_block(pem, "key").der.view());
    content["ciphertext"] = content["kdf"]["salt"] = content["cipher"]["nonce"] = "";
    return content.dump();
  };
  EXPECT_EQ(members(file.view()), members(recorded_key("cosign.key")));
}

TEST(CosignKey, empty_passwords_are_passwords) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  const Secret file = write_signing_key(key, Secret(), fresh());
  EXPECT_TRUE(read_signing_key(file.view(), password("")).public_key() == key.public_key());
  EXPECT_EQ(refusal(std::string(file.view()), "x").first, diag::ErrorKind::refused);
}

TEST(CosignKey, plain_keys_ask_for_no_password) {
  for (const auto type : {crypto::KeyType::p256, crypto::KeyType::ed25519}) {
    const auto key = crypto::PrivateKey::generate(type);
    const auto read = read_signing_key(key.pkcs8_pem().view(), []() -> Secret {
      ADD_FAILURE() << "asked";
      return {};
    });
    EXPECT_TRUE(read.public_key() == key.public_key());
  }
}

TEST(CosignKey, a_wrong_password_is_refused_and_not_shown) {
  const auto [kind, text] = refusal(recorded_key("cosign.key"), "hunter2");
  EXPECT_EQ(kind, diag::ErrorKind::refused);
  EXPECT_THAT(text,
              ::testing::AllOf(::testing::HasSubstr("the password of the signing key is wrong"),
                               ::testing::Not(::testing::HasSubstr("hunter2"))));
}

TEST(CosignKey, costs_that_nobody_writes_are_not_paid) {
  for (const std::uint64_t n : {0UL, 1UL, 16'384UL, 65'535UL, 1UL << 40U}) {
    EXPECT_EQ(refusal(changed_file([&](json& f) { f["kdf"]["params"]["N"] = n; })).first,
              diag::ErrorKind::invalid)
        << n;
  }
  EXPECT_EQ(refusal(changed_file([](json& f) { f["kdf"]["params"]["r"] = 1'000'000; })).first,
            diag::ErrorKind::invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["kdf"]["params"]["p"] = -1; })).first,
            diag::ErrorKind::invalid);
  // One that was written once, with which the key is another one.
  EXPECT_EQ(refusal(changed_file([](json& f) { f["kdf"]["params"]["N"] = 32'768; })).first,
            diag::ErrorKind::refused);
}

TEST(CosignKey, files_that_are_damaged_are_refused) {
  const auto invalid = diag::ErrorKind::invalid;
  EXPECT_EQ(refusal("").first, invalid);
  EXPECT_EQ(refusal("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n").first, invalid);
  EXPECT_EQ(
      refusal(std::string(crypto::pem_text("ENCRYPTED SIGSTORE PRIVATE KEY", "no JSON").view()))
          .first,
      invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f.erase("kdf"); })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["kdf"] = 1; })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["kdf"]["name"] = "pbkdf2"; })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["cipher"]["name"] = "none"; })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["cipher"]["nonce"] = "AAAA"; })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["ciphertext"] = "!"; })).first, invalid);
  EXPECT_EQ(refusal(changed_file([](json& f) { f["ciphertext"] = ""; })).first,
            diag::ErrorKind::refused);
}

TEST(CosignKey, salts_of_another_size_and_other_keys_are_not_written) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  KeyFileSalt salt = fresh();
  salt.salt.truncate(31);
  EXPECT_THROW(static_cast<void>(write_signing_key(key, Secret("x"), salt)), diag::Error);
  salt = fresh();
  salt.nonce.truncate(23);
  EXPECT_THROW(static_cast<void>(write_signing_key(key, Secret("x"), salt)), diag::Error);
  const auto other = crypto::PrivateKey::generate(crypto::KeyType::p384);
  EXPECT_THROW(static_cast<void>(write_signing_key(other, Secret("x"), fresh())), diag::Error);
}

}  // namespace
}  // namespace sconectl::supply
