#include "sconectl/supply/dsse.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::supply {
namespace {

using nlohmann::json;

/// The kind of the error, or nothing if it verifies.
std::optional<diag::ErrorKind> fault(const std::string& envelope, const crypto::PublicKey& key,
                                     std::string_view type = in_toto_type) {
  try {
    static_cast<void>(verified_payload(envelope, type, key));
  } catch (const diag::Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

TEST(Dsse, pre_authentication_is_that_of_the_specification) {
  EXPECT_EQ(pre_authentication("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(Dsse, envelopes_of_all_keys_that_sign_verify) {
  for (const auto type :
       {crypto::KeyType::p256, crypto::KeyType::ed25519, crypto::KeyType::rsa2048}) {
    const auto key = crypto::PrivateKey::generate(type);
    const std::string envelope = signed_envelope(in_toto_type, "{\"a\":1}", key);
    EXPECT_EQ(verified_payload(envelope, in_toto_type, key.public_key()), "{\"a\":1}");
    const auto other = crypto::PrivateKey::generate(type);
    EXPECT_EQ(fault(envelope, other.public_key()), diag::ErrorKind::refused);
  }
}

TEST(Dsse, keys_that_others_read_differently_are_refused) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p384);
  EXPECT_THROW(static_cast<void>(signed_envelope(in_toto_type, "{}", key)), diag::Error);
}

TEST(Dsse, payload_and_type_are_both_signed) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto envelope = json::parse(signed_envelope(in_toto_type, "{\"a\":1}", key));
  auto changed = envelope;
  changed["payload"] = crypto::base64("{\"a\":2}");
  EXPECT_EQ(fault(changed.dump(), key.public_key()), diag::ErrorKind::refused);
  changed = envelope;
  changed["payloadType"] = "text/plain";
  EXPECT_EQ(fault(changed.dump(), key.public_key()), diag::ErrorKind::invalid);
  EXPECT_EQ(fault(changed.dump(), key.public_key(), "text/plain"), diag::ErrorKind::refused);
  EXPECT_EQ(fault(envelope.dump(), key.public_key()), std::nullopt);
}

TEST(Dsse, one_good_signature_among_others_is_enough) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  auto envelope = json::parse(signed_envelope(in_toto_type, "{}", key));
  const json own = envelope["signatures"][0];
  envelope["signatures"] = {{{"keyid", "x"}, {"sig", "!"}}, 7, {{"sig", nullptr}}, own};
  EXPECT_EQ(fault(envelope.dump(), key.public_key()), std::nullopt);
  envelope["signatures"].erase(3);
  EXPECT_EQ(fault(envelope.dump(), key.public_key()), diag::ErrorKind::refused);
}

TEST(Dsse, the_url_alphabet_is_read_too) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  const std::string payload = "{\"a\":\"\xC3\xBF\xC3\xBF\xC3\xBE>>>???\"}";
  auto envelope = json::parse(signed_envelope(in_toto_type, payload, key));
  const auto signature = *crypto::unbase64(envelope["signatures"][0]["sig"].get<std::string>());
  envelope["payload"] = crypto::base64url(payload);
  envelope["signatures"][0]["sig"] = crypto::base64url(signature);
  EXPECT_EQ(fault(envelope.dump(), key.public_key()), std::nullopt);
}

TEST(Dsse, what_is_no_envelope_is_invalid) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256).public_key();
  const std::string start = R"({"payloadType":"application/vnd.in-toto+json",)";
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"payloadType\":1}"),
        start + R"("payload":"!","signatures":[{}]})", start + R"("payload":"","signatures":[{}]})",
        start + R"("payload":"e30=","signatures":[]})", start + R"("payload":"e30="})",
        start + R"("payload":"e30=","signatures":{"a":1}})"}) {
    EXPECT_EQ(fault(bad, key), diag::ErrorKind::invalid) << bad;
  }
}

}  // namespace
}  // namespace sconectl::supply
