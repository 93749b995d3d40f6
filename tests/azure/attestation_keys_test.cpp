// The keys of a provider (azure.md 3.4).
#include "sconectl/azure/attestation_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/attestation_tokens.hpp"
#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using test::Json;
using testing::HasSubstr;

constexpr const char* recorded_kid = "XxRc2vLh1E5FrsNawnRH3PzuFgqg3q7NvCdnjoJHBGE=";

std::string refusal(const AttestationKeys& keys, const std::string& kid) {
  try {
    (void)keys.key(kid);
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    return error.text();
  }
  return "";
}

TEST(AttestationKeys, recorded_sets_of_two_providers_have_the_same_key) {
  NEEDS_CORPUS("../vectors/azure");
  const auto one = AttestationKeys::parse(test::read_vector("maa-2022-recorded/certs.json"));
  const auto other =
      AttestationKeys::parse(test::read_vector("maa-2022-recorded/certs-aad-provider.json"));
  for (const char* kid :
       {recorded_kid, "D5DR62_fG0AlpALMbsP-wriTWjU", "5n95sus8qrcBcVLXZu3lPYgdMlM"})
    EXPECT_TRUE(one.has(kid)) << kid;
  EXPECT_EQ(one.key(recorded_kid), other.key(recorded_kid));
  EXPECT_EQ(one.key(recorded_kid).bits(), 2048);
}

TEST(AttestationKeys, a_certificate_with_an_odd_beginning_is_read) {
  NEEDS_CORPUS("../vectors/azure");
  const auto der = test::read_vector("maa-2022-recorded/signing-cert.der");
  ASSERT_NE(der.find("20190501000000Z"), std::string::npos);  // GeneralizedTime before 2050
  const Json jwk{{"x5c", {crypto::base64(der)}}, {"kid", "k"}, {"kty", "RSA"}};
  EXPECT_EQ(
      AttestationKeys::parse(test::key_set_of({jwk})).key("k"),
      AttestationKeys::parse(test::read_vector("maa-2022-recorded/certs.json")).key(recorded_kid));
}

TEST(AttestationKeys, a_short_key_of_an_earlier_time_is_refused) {
  NEEDS_CORPUS("../vectors/azure");
  const auto keys = AttestationKeys::parse(test::read_vector("maa-2020-sample/certs.json"));
  EXPECT_EQ(refusal(keys, "KQFAHrk1xALKHBD4b4u7TCvCJ1Mw0MlYZe+rxdePOtg="),
            "its key has 1024 bits, and at least 2048 are needed");
  EXPECT_EQ(refusal(keys, "ZQzLfoNwhBNCu9r8Fucjn6H4Cdw"), "");
}

TEST(AttestationKeys, ids_are_compared_byte_for_byte) {
  const auto keys = AttestationKeys::parse(test::key_set_of({test::jwk_of(test::token_key())}));
  EXPECT_TRUE(keys.has(test::token_kid));
  EXPECT_EQ(keys.key(test::token_kid), test::token_key().public_key());
  const std::string kid = test::token_kid;
  for (const auto& other :
       {kid.substr(0, kid.size() - 1), kid + "=", kid + '\0', "x" + kid.substr(1),
        std::string("XxRc2-_h1E5FrsNawnRH3PzuFgqg3q7NvCdnjoJHBGE=")}) {
    EXPECT_FALSE(keys.has(other)) << other;
    EXPECT_EQ(refusal(keys, other), "its key (kid) is none of the provider's");
  }
}

TEST(AttestationKeys, two_keys_of_one_id_matter_when_they_are_asked_for) {
  const auto jwk = test::jwk_of(test::token_key());
  const auto keys =
      AttestationKeys::parse(test::key_set_of({jwk, test::jwk_of(test::token_key(), "b"), jwk}));
  EXPECT_EQ(refusal(keys, "b"), "");
  EXPECT_EQ(refusal(keys, test::token_kid), "the provider has two keys of its id (kid)");
}

TEST(AttestationKeys, entries_that_can_not_be_used_are_left_out) {
  const auto good = test::jwk_of(test::token_key());
  const auto with = [&](const char* name, const Json& value) {
    auto jwk = good;
    jwk["kid"] = "k";
    jwk[name] = value;
    return jwk;
  };
  const auto curve = test::jwk_of(crypto::PrivateKey::generate(crypto::KeyType::p256), "k");
  const auto der = crypto::unbase64(good["x5c"][0].get<std::string>()).value();
  auto without = with("kid", "k");
  without.erase("x5c");
  for (const auto& jwk :
       {curve, without, with("kty", "EC"), with("kty", nullptr), with("kid", ""), with("kid", 7),
        with("x5c", Json::array()), with("x5c", "text"), with("x5c", {1}), with("x5c", {"%"}),
        with("x5c", {crypto::base64url(der)}), with("x5c", {crypto::base64(der + "x")}),
        with("x5c", {crypto::base64(der.substr(1))}), Json("text"), Json(nullptr)}) {
    const auto keys = AttestationKeys::parse(test::key_set_of({jwk, good}));
    EXPECT_FALSE(keys.has("k")) << jwk;
    EXPECT_TRUE(keys.has(test::token_kid)) << jwk;
  }
  EXPECT_TRUE(AttestationKeys::parse(test::key_set_of({with("n", "ignored")})).has("k"));
}

TEST(AttestationKeys, what_is_no_set_is_invalid) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[],"keys":[]})"), std::string(R"({"keys":[]}x)"),
        R"({"keys":[)" + std::string(5'000'000, ' ') + "]}",
        test::key_set_of(std::vector<Json>(101))}) {
    try {
      (void)AttestationKeys::parse(text);
      ADD_FAILURE() << text.substr(0, 40) << " was taken";
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_THAT(error.text(), HasSubstr("set of keys"));
    }
  }
}

}  // namespace
}  // namespace sconectl::azure
