// jwt and pgp-key (SL-167 to SL-173).
#include "casd/secrets/jwt.hpp"

#include <nlohmann/json.hpp>

#include "casd/secrets_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "support/real_tool.hpp"

namespace sconectl::casd::secrets {
namespace {

using testing::HasSubstr;

const std::string mrenclave(64, 'a');

struct Token {
  nlohmann::json header;
  nlohmann::json payload;
  std::string signed_part;
  std::string signature;
};

Token parsed(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  EXPECT_THAT(std::string(text),
              testing::MatchesRegex("[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+"));
  const auto part = [](std::string_view encoded) {
    return crypto::unbase64url(encoded).value_or("not base64url");
  };
  return {nlohmann::json::parse(part(text.substr(0, first))),
          nlohmann::json::parse(part(text.substr(first + 1, second - first - 1))),
          std::string(text.substr(0, second)), part(text.substr(second + 1))};
}

class SecretsJwt : public testing::Test {
 protected:
  crypto::Secret make(const std::string& payload,
                      const std::optional<std::string>& identity = mrenclave,
                      const std::string& key_type = "P-384") {
    values_ = std::make_unique<Values>(
        "- {name: key, kind: private-key, key_type: P-384}\n- {name: word, kind: ascii, value: "
        "'say \"hi\"'}\n- {name: bin, kind: binary, value: ff}\n- name: token\n  kind: jwt\n  "
        "signer: key\n  alg: ES384\n  validity: {for: 10 minutes}\n  payload: " +
        payload);
    if (key_type != "P-384") {
      SecretMaterial other;
      other.kind = session::SecretKind::private_key;
      other.private_key = crypto::PrivateKey::generate(*crypto::parse_key_type(key_type));
      values_->put("key", std::move(other));
    }
    const auto& secret = values_->secret("token");
    const auto lookup = [this](const session::Placeholder& placeholder) {
      return values_->text(placeholder.name, placeholder.suffix);
    };
    return make_jwt(secret, std::get<session::Jwt>(secret.body), values_->siblings(), lookup,
                    identity, test_now);
  }
  std::unique_ptr<Values> values_;
};

TEST_F(SecretsJwt, SL173_header_SL170_times_SL169_signature) {
  const crypto::Secret text = make("{iss: cas, sub: a b}");
  const Token token = parsed(text.view());
  EXPECT_EQ(token.header.dump(), R"({"alg":"ES384","typ":"JWT"})");
  const long long now = test_now.time_since_epoch().count();
  EXPECT_EQ(token.payload,
            (nlohmann::json{
                {"iss", "cas"}, {"sub", "a b"}, {"iat", now}, {"nbf", now}, {"exp", now + 600}}));
  EXPECT_EQ(token.signature.size(), 96U);
  EXPECT_TRUE(values_->get("key")->private_key->public_key().verify_raw_ecdsa(token.signed_part,
                                                                              token.signature));
}

TEST_F(SecretsJwt, SL169_openssl_verifies_the_signature) {
  const Token token = parsed(make("{iss: cas}").view());
  // r and s as DER integers with a leading zero byte, which openssl accepts only where needed.
  const auto integer = [](std::string digits) {
    while (digits.size() > 1 && digits[0] == '\0') digits.erase(0, 1);
    if (static_cast<unsigned char>(digits[0]) >= 0x80) digits.insert(0, 1, '\0');
    return std::string("\x02") + static_cast<char>(digits.size()) + digits;
  };
  const std::string body =
      integer(token.signature.substr(0, 48)) + integer(token.signature.substr(48));
  const test::Scratch scratch;
  const auto result = test::run_tool(
      {"openssl", "dgst", "-sha384", "-verify",
       scratch.file("key", values_->get("key")->private_key->public_key().spki_pem()), "-signature",
       scratch.file("signature", std::string("\x30") + static_cast<char>(body.size()) + body)},
      token.signed_part);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

/// Debian's python3-jwt, by Debian's own Python.
TEST_F(SecretsJwt, SL169_SL170_a_jwt_library_accepts_it_and_refuses_another_key) {
  const crypto::Secret token = make("{iss: cas, aud: shop}");
  const test::Scratch scratch;
  const auto verified = [&](const crypto::PublicKey& key) {
    return test::run_tool(
        {"/usr/bin/python3", "-c",
         "import jwt, sys\n"
         "print(jwt.decode(sys.stdin.read(), open(sys.argv[1]).read(), algorithms=['ES384'],\n"
         "                 audience='shop', issuer='cas', options={'verify_exp': False,\n"
         "                 'verify_iat': False, 'verify_nbf': False, 'require': ['exp', 'nbf']}))",
         scratch.file("key", key.spki_pem())},
        token.view());
  };
  const auto accepted = verified(values_->get("key")->private_key->public_key());
  EXPECT_EQ(accepted.status, 0) << accepted.err;
  EXPECT_THAT(accepted.out, HasSubstr("'iss': 'cas'"));
  const auto refused = verified(crypto::PrivateKey::generate(crypto::KeyType::p384).public_key());
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("InvalidSignatureError"));
}

TEST_F(SecretsJwt, SL171_only_a_whole_placeholder_is_replaced) {
  const Token token =
      parsed(make("{a: $$SCONE::word$$, b: 'x$$SCONE::word$$', c: '$$SCONE::bin:hex$$'}").view());
  EXPECT_EQ(token.payload["a"], "say \"hi\"");
  EXPECT_EQ(token.payload["b"], "x$$SCONE::word$$");
  EXPECT_EQ(token.payload["c"], "ff");
}

TEST_F(SecretsJwt, SL172_identity_of_the_attested_software) {
  const std::string payload = "{sub: $$SCONE::self::software_identity$$}";
  EXPECT_EQ(parsed(make(payload).view()).payload["sub"], mrenclave);
  try {
    static_cast<void>(make(payload, std::nullopt));
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    EXPECT_THAT(error.text(), HasSubstr("not attested"));
  }
  EXPECT_NO_THROW(static_cast<void>(make("{sub: x}", std::nullopt)));
}

TEST_F(SecretsJwt, SL169_the_signer_must_be_P384) {
  for (const char* type : {"P-256", "Ed25519"}) {
    EXPECT_THROW(static_cast<void>(make("{a: b}", mrenclave, type)), diag::Error) << type;
  }
}

TEST_F(SecretsJwt, values_are_escaped_and_must_be_text) {
  const Token token = parsed(make("{\"k\\\"\": \"a\\\"b\\\\\\n\\u00e4\"}").view());
  EXPECT_EQ(token.payload["k\""], "a\"b\\\n\xC3\xA4");
  EXPECT_THROW(static_cast<void>(make("{a: '$$SCONE::bin:bin$$'}")), diag::Error);
}

TEST(SecretsPgp, SL168_both_parts_in_three_formats) {
  Values values("- {name: p, kind: pgp-key}");
  const std::string secret = values.text("p", "privatekey:binary");
  const std::string open = values.text("p", "publickey:binary");
  EXPECT_EQ(values.text("p", "privatekey:base64"), crypto::base64(secret));
  EXPECT_EQ(values.text("p", "publickey:base64"), crypto::base64(open));
  const test::Scratch home;  // not the user's own ~/.gnupg
  const auto dearmoured = [&home](const std::string& text) {
    return test::run_tool({"gpg", "--homedir", home.path(), "--batch", "--dearmor"}, text).out;
  };
  EXPECT_EQ(dearmoured(values.text("p", "privatekey:asciiarmored")), secret);
  EXPECT_EQ(dearmoured(values.text("p", "publickey:asciiarmored")), open);
  EXPECT_THAT(values.fault("p"), HasSubstr("without suffix"));
  EXPECT_THAT(values.fault("p", "privatekey"), HasSubstr(":privatekey:asciiarmored"));
}

TEST(SecretsPgp, SL221_the_stored_key_stays_the_same) {
  Values values("- {name: p, kind: pgp-key}");
  const std::string secret = values.text("p", "privatekey:binary");
  values.at(test_now + std::chrono::hours{100});
  EXPECT_EQ(values.text("p", "privatekey:binary"), secret);
}

}  // namespace
}  // namespace sconectl::casd::secrets
