// Tokens of Entra ID (SL-163, SL-164; azure.md 1).
#include "sconectl/azure/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fake_network.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using test::FakeNetwork;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* authority = "https://login.microsoftonline.com";
constexpr const char* scope = "https://vault.azure.net/.default";

Application shared_secret(const std::string& secret = "s3cret~&=+/") {
  return {"e6c9c526-f1aa-4e0d-b207-50bad9a89d21", "3f6a210e-83b4-4217-9eee-4f707d8aeeb3",
          crypto::Secret(secret)};
}

std::string token_body(const std::string& token = "eyJ0", const std::string& life = "3599") {
  return R"({"token_type":"Bearer","expires_in":)" + life +
         R"(,"ext_expires_in":3599,"access_token":")" + token + "\"}";
}

struct TokenTest : testing::Test {
  TokenTest() { answer(200, token_body()); }

  void answer(int status, std::string body, host::HttpHeaders headers = {}) {
    network.answer = [=, this](const host::HttpRequest& request) {
      bodies.push_back(request.body);
      return FakeNetwork::reply(status, body, headers);
    };
  }
  Token ask(const Application& application = shared_secret()) {
    return request_token(network, clock, application, authority, scope,
                         clock.steady() + std::chrono::seconds(20));
  }
  diag::Error refusal(const Application& application = shared_secret()) {
    try {
      (void)ask(application);
    } catch (const diag::Error& error) {
      for (const auto& text : error.causes()) EXPECT_THAT(text, test::HasButNot(" ", "s3cret"));
      EXPECT_THAT(error.text(), test::HasButNot("gets no token", "s3cret"));
      return error;
    }
    ADD_FAILURE() << "a token was given";
    return {ErrorKind::failed, "", {""}};
  }

  FakeNetwork network;
  test::FixedClock clock;
  std::vector<std::string> bodies;
};

TEST_F(TokenTest, SL163_a_shared_secret_is_sent_encoded) {
  const auto token = ask();
  EXPECT_EQ(token.value.view(), "eyJ0");
  EXPECT_EQ(token.end, clock.steady() + std::chrono::seconds(3599));
  ASSERT_EQ(network.asked.size(), 1U);
  EXPECT_TRUE(network.verified);
  const auto& request = network.asked.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.way, host::Way::outside);
  EXPECT_EQ(request.url,
            "https://login.microsoftonline.com/e6c9c526-f1aa-4e0d-b207-50bad9a89d21/"
            "oauth2/v2.0/token");
  EXPECT_EQ(bodies.front(),
            "grant_type=client_credentials&client_id=3f6a210e-83b4-4217-9eee-4f707d8aeeb3"
            "&scope=https%3A%2F%2Fvault.azure.net%2F.default&client_secret=s3cret~%26%3D%2B%2F");
}

struct AssertionCase {
  std::string thumbprint, algorithm, member, value;
};

TEST_F(TokenTest, SL163_a_certificate_signs_an_assertion) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
  const std::string sha256(64, 'a');
  for (const auto& each : {AssertionCase{"84E05C1D98BCE3A5421D225B140B36E86A3D5534", "RS256", "x5t",
                                         "hOBcHZi846VCHSJbFAs26Go9VTQ"},
                           AssertionCase{"b0:33:DB 596639F3CA02D6537055E85B8EFE060756", "RS256",
                                         "x5t", "sDPbWWY588oC1lNwVehbjv4GB1Y"},
                           AssertionCase{sha256, "PS256", "x5t#S256",
                                         crypto::base64url(crypto::unhex(sha256).value(),
                                                           crypto::Padding::without)}}) {
    session::AadToken secret;
    secret.tenant_id = "contoso.example";
    secret.client_id = "id";
    secret.private_key = std::string(key.pkcs8_pem().view());
    secret.certificate_thumbprint = each.thumbprint;
    const auto application = Application::of(secret);
    const auto assertion = client_assertion(
        application, std::get<CertificateKey>(application.credential), "https://e/t", clock.now());
    const auto first = assertion.find('.');
    const auto second = assertion.rfind('.');
    const auto decoded = [](const std::string& part) { return crypto::unbase64url(part).value(); };
    const auto header = nlohmann::json::parse(decoded(assertion.substr(0, first)));
    const auto claims =
        nlohmann::json::parse(decoded(assertion.substr(first + 1, second - first - 1)));
    EXPECT_EQ(header["alg"], each.algorithm);
    EXPECT_EQ(header[each.member], each.value);
    EXPECT_EQ(header.size(), 3U);
    EXPECT_EQ(claims["aud"], "https://e/t");
    EXPECT_EQ(claims["iss"], "id");
    EXPECT_EQ(claims["sub"], "id");
    EXPECT_EQ(claims["nbf"], 1704164645);
    EXPECT_EQ(claims["exp"], 1704164645 + 600);
    EXPECT_THAT(claims["jti"].get<std::string>(),
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.*"));
    const auto signature = decoded(assertion.substr(second + 1));
    EXPECT_EQ(key.public_key().verify(assertion.substr(0, second), signature),
              each.algorithm == "RS256");
    bodies.clear();
    (void)ask(application);
    EXPECT_THAT(bodies.front(),
                HasSubstr("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                          "client-assertion-type%3Ajwt-bearer&client_assertion=ey"));
  }
}

TEST_F(TokenTest, SL163_credentials_that_can_not_work_are_refused_before) {
  session::AadToken secret{
      "t", "c", std::nullopt,
      std::string(crypto::PrivateKey::generate(crypto::KeyType::rsa2048).pkcs8_pem().view()),
      "B033DB59"};
  EXPECT_THROW((void)Application::of(secret), diag::Error);
  secret.certificate_thumbprint = std::string(40, 'a');
  for (const char* id : {"", "../x", "a/b", "a?b", "a b"}) {
    secret.tenant_id = id;
    EXPECT_THROW((void)Application::of(secret), diag::Error) << id;
  }
}

TEST_F(TokenTest, A03_refusals_have_their_number_and_a_next_step) {
  const auto body = [](int number) {
    return R"({"error":"invalid_client","error_description":"AADSTS: s3cret~&=+/ was sent","error_codes":[)" +
           std::to_string(number) + "]}";
  };
  answer(401, body(7000215));
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  EXPECT_EQ(refusal().text(),
            "application '3f6a210e-83b4-4217-9eee-4f707d8aeeb3' of tenant "
            "'e6c9c526-f1aa-4e0d-b207-50bad9a89d21' gets no token from "
            "https://login.microsoftonline.com");
  EXPECT_THAT(refusal().causes(),
              ElementsAre("AADSTS7000215: the client secret is wrong; often the "
                          "ID of the secret was taken for its value"));
  answer(400, body(90002));
  EXPECT_THAT(refusal().causes().front(), HasSubstr("AADSTS90002: there is no such tenant"));
  answer(400, body(123456));
  EXPECT_THAT(refusal().causes().front(), HasSubstr("AADSTS123456: see https://"));
  answer(502, "<html>s3cret</html>");
  EXPECT_EQ(refusal().kind(), ErrorKind::unavailable);
  EXPECT_THAT(refusal().causes(), ElementsAre("it answers with status 502"));
}

TEST_F(TokenTest, SL164_answers_that_hold_no_token_are_none) {
  for (const char* body :
       {"", "{}", "[]", "<html>", R"({"token_type":"Bearer"})",
        R"({"token_type":"mac","access_token":"s3cret"})", R"({"access_token":"s3cret"})",
        R"({"token_type":"Bearer","access_token":"s3cret\r\nX: y"})",
        R"({"token_type":"Bearer","access_token":""})",
        R"({"token_type":"Bearer","access_token":7})",
        R"({"token_type":"Bearer","token_type":"Bearer","access_token":"s3cret"})"}) {
    answer(200, body);
    EXPECT_EQ(refusal().kind(), ErrorKind::unavailable) << body;
  }
  answer(200, token_body("t", R"("86399")"));
  EXPECT_EQ(ask().end, clock.steady() + std::chrono::seconds(86'399));
}

TEST_F(TokenTest, credentials_follow_no_redirect) {
  answer(307, "", {{"Location", "https://evil.example/"}});
  EXPECT_THAT(refusal().causes(), ElementsAre("it answers with status 307"));
  EXPECT_EQ(network.asked.size(), 1U);
}

TEST_F(TokenTest, a_busy_authority_is_asked_again_and_not_for_ever) {
  int left = 2;
  network.answer = [&](const host::HttpRequest& request) {
    EXPECT_FALSE(request.body.empty());
    return left-- > 0 ? FakeNetwork::reply(429, "", {{"retry-after", "3"}})
                      : FakeNetwork::reply(200, token_body());
  };
  EXPECT_EQ(ask().value.view(), "eyJ0");
  EXPECT_EQ(clock.slept(), std::chrono::seconds(6));
  answer(429, "", {{"Retry-After", "3600"}});
  EXPECT_EQ(refusal().kind(), ErrorKind::unavailable);
  EXPECT_EQ(clock.slept(), std::chrono::seconds(6));
  answer(503, "");
  EXPECT_EQ(refusal().kind(), ErrorKind::unavailable);
  EXPECT_LT(clock.slept(), std::chrono::seconds(26));
}

TEST_F(TokenTest, SL164_tokens_are_kept_until_shortly_before_their_end) {
  TokenCache cache(network, clock);
  const auto ask_cache = [&](const Application& application, const char* which = scope) {
    return cache.token(application, authority, which, clock.steady() + std::chrono::seconds(20));
  };
  const auto token = ask_cache(shared_secret());
  clock.advance(std::chrono::seconds(3599 - 301));
  EXPECT_EQ(ask_cache(shared_secret()), token);
  EXPECT_EQ(network.asked.size(), 1U);
  clock.advance(std::chrono::seconds(1));
  EXPECT_NE(ask_cache(shared_secret()), token);
  EXPECT_EQ(network.asked.size(), 2U);
  // Other credentials and another scope have tokens of their own.
  (void)ask_cache(shared_secret("other"));
  (void)ask_cache(shared_secret(), "https://vault.azure.cn/.default");
  EXPECT_EQ(network.asked.size(), 4U);
  cache.forget(ask_cache(shared_secret()));
  (void)ask_cache(shared_secret());
  EXPECT_EQ(network.asked.size(), 5U);
}

TEST_F(TokenTest, who_asks_at_the_same_time_shares_the_answer_and_the_failure) {
  TokenCache cache(network, clock);
  std::atomic<int> failures = 0;
  const auto many = [&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([&] {
        try {
          (void)cache.token(shared_secret(), authority, scope,
                            clock.steady() + std::chrono::seconds(20));
        } catch (const diag::Error&) {
          ++failures;
        }
      });
    for (auto& thread : threads) thread.join();
  };
  network.answer = [](const host::HttpRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return FakeNetwork::reply(401, "{}");
  };
  many();
  EXPECT_EQ(network.asked.size(), 1U);
  EXPECT_EQ(failures, 16);
  clock.advance(std::chrono::seconds(4));
  answer(200, token_body());
  many();
  EXPECT_EQ(network.asked.size(), 2U);
  EXPECT_EQ(failures, 16);
}

}  // namespace
}  // namespace sconectl::azure
