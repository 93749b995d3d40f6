// Evidence judged by Azure Attestation (SL-294; azure.md 3.5, 9 and 10).
#include "sconectl/azure/attestation_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/attestation_tokens.hpp"
#include "support/fake_network.hpp"
#include "support/fixed_clock.hpp"
#include "support/repository.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using std::chrono::seconds;
using test::FakeNetwork;
using test::Json;
using test::SgxToken;
using testing::HasSubstr;

struct AttestationServiceTest : testing::Test {
  AttestationServiceTest() {
    network.answer = [this](const host::HttpRequest& request) {
      return request.url.ends_with("/certs") ? FakeNetwork::reply(200, certs)
                                             : attest_answer(request);
    };
    gives(SgxToken());
  }
  void gives(const SgxToken& made, const crypto::PrivateKey& key = test::token_key()) {
    attest_answer = [body = Json{{"token", made.jwt(key)}}.dump()](const host::HttpRequest&) {
      return FakeNetwork::reply(200, body);
    };
  }
  void answers(int status, std::string body, host::HttpHeaders headers = {}) {
    attest_answer = [=](const host::HttpRequest&) {
      return FakeNetwork::reply(status, body, headers);
    };
  }
  AttestationClaims attest(const host::ServerTrust& trust = host::SystemTrust{}) {
    return services.attest(provider, trust, evidence, clock.steady() + seconds(20));
  }
  std::string refusal(ErrorKind kind, const host::ServerTrust& trust = host::SystemTrust{}) {
    try {
      (void)attest(trust);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.text();
      EXPECT_THAT(error.text(), HasSubstr(provider.url));
      return error.text();
    }
    ADD_FAILURE() << "the evidence was taken";
    return "";
  }

  FakeNetwork network;
  test::FixedClock clock;
  AttestationServices services{network, clock};
  AttestationProvider provider = test::provider_of_tests();
  AttestationEvidence evidence{AttestedTee::sgx, "quote", "", std::string(64, 'r')};
  std::string certs = test::key_set_of({test::jwk_of(test::token_key())});
  FakeNetwork::Answer attest_answer;
};

TEST_F(AttestationServiceTest, evidence_is_sent_and_its_claims_come_back) {
  const auto claims = attest();
  EXPECT_EQ(std::get<SgxClaims>(claims.tee).mrenclave, std::string(32, '\xAA'));
  ASSERT_EQ(network.asked.size(), 2U);
  const auto& request = network.asked[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url,
            "https://demo.wus.attest.azure.net/attest/SgxEnclave?api-version=2022-08-01");
  EXPECT_EQ(request.way, host::Way::outside);
  EXPECT_LE(request.response_limit, std::size_t{256} << 10U);
  EXPECT_EQ(network.asked[1].url, "https://demo.wus.attest.azure.net/certs");
  EXPECT_LE(network.asked[1].response_limit, std::size_t{256} << 10U);
  EXPECT_TRUE(network.verified);
}

TEST_F(AttestationServiceTest, SL294_the_sessions_certificates_are_trusted_with_the_host_name) {
  (void)attest(host::ChainTo{{"one"}, host::HostName::ignored});
  ASSERT_EQ(network.trusts.size(), 2U);
  for (const auto& trust : network.trusts) {
    const auto* chain = std::get_if<host::ChainTo>(&trust);
    ASSERT_NE(chain, nullptr);
    EXPECT_EQ(chain->roots, std::vector<std::string>{"one"});
    EXPECT_EQ(chain->host_name, host::HostName::compared);
  }
  // Keys that came by another trust are asked for again.
  (void)attest(host::ChainTo{{"one"}, host::HostName::compared});
  EXPECT_EQ(network.asked_of("/certs"), 1U);
  (void)attest(host::ChainTo{{"two"}, host::HostName::compared});
  (void)attest();
  EXPECT_EQ(network.asked_of("/certs"), 3U);
  (void)refusal(ErrorKind::invalid, host::Unverified{});
}

TEST_F(AttestationServiceTest, a_token_of_another_quote_is_refused) {
  gives(SgxToken("quote of another enclave"));
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("another quote (quotehash)"));
  gives(SgxToken("quote", std::string(64, 's')));
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("report data is not that of the evidence"));
  SgxToken with_nonce;
  with_nonce.claims["nonce"] = "1";
  gives(with_nonce);
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("nonce"));
}

TEST_F(AttestationServiceTest, runtime_data_is_what_was_sent) {
  SgxToken token;
  token.claims["x-ms-sgx-ehd"] = test::jwt_part("data");
  gives(token);
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("x-ms-sgx-ehd"));
  evidence.runtime_data = "other";
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("x-ms-sgx-ehd"));
  evidence.runtime_data = "data";
  EXPECT_EQ(std::get<SgxClaims>(attest().tee).runtime_data, "data");
  gives(SgxToken());
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("x-ms-sgx-ehd"));
}

TEST_F(AttestationServiceTest, the_policys_refusal_is_told) {
  answers(400, R"({"error":{"code":"PolicyEvaluationError","message":"Msg:[Policy Engine )"
               R"(Exception: No Permit claim]"}})");
  EXPECT_EQ(refusal(ErrorKind::refused),
            "the policy of https://demo.wus.attest.azure.net refuses the evidence "
            "(PolicyEvaluationError): No Permit claim");
  EXPECT_EQ(network.asked_of("/certs"), 0U);
}

TEST_F(AttestationServiceTest, keys_are_kept_for_an_hour) {
  (void)attest();
  clock.advance(std::chrono::minutes(59));
  (void)attest();
  EXPECT_EQ(network.asked_of("/certs"), 1U);
  clock.advance(std::chrono::minutes(1));
  (void)attest();
  EXPECT_EQ(network.asked_of("/certs"), 2U);
}

TEST_F(AttestationServiceTest, a_new_key_is_looked_for_once) {
  (void)attest();
  clock.advance(seconds(60));
  SgxToken next;
  next.header["kid"] = "next";
  gives(next);
  certs = test::key_set_of({test::jwk_of(test::token_key(), "next")});
  (void)attest();
  (void)attest();
  EXPECT_EQ(network.asked_of("/certs"), 2U);
}

TEST_F(AttestationServiceTest, unknown_keys_are_not_looked_for_all_the_time) {
  SgxToken unknown;
  gives(unknown);
  (void)attest();
  for (int i = 0; i < 120; ++i) {
    unknown.header["kid"] = "k" + std::to_string(i);
    gives(unknown);
    EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("none of the provider's"));
    clock.advance(seconds(1));
  }
  EXPECT_EQ(network.asked_of("/certs"), 2U);
  EXPECT_EQ(network.asked_of("/attest/"), 121U);
}

TEST_F(AttestationServiceTest, redirects_are_not_followed) {
  answers(307, "", {{"Location", "https://evil.example/"}});
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("status 307"));
  EXPECT_EQ(network.asked.size(), 1U);
  gives(SgxToken());
  network.answer = [this](const host::HttpRequest& request) {
    return request.url.ends_with("/certs")
               ? FakeNetwork::reply(302, certs, {{"Location", "https://evil.example/"}})
               : attest_answer(request);
  };
  EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("it gives its keys with status 302"));
  EXPECT_EQ(network.asked_of("evil"), 0U);
}

TEST_F(AttestationServiceTest, answers_that_hold_no_token_are_none) {
  for (const std::string& body : {std::string(), std::string("{}"), std::string("<html>"),
                                  R"({"token":")" + std::string(5'000'000, 'a') + "\"}"}) {
    answers(200, body);
    EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("does not answer as it should"));
  }
  answers(200, R"({"token":"a.b.c"})");
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("is refused: "));
  gives(SgxToken());
  certs = std::string(5'000'000, ' ') + certs;
  EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("too large"));
}

TEST_F(AttestationServiceTest, a_busy_provider_is_asked_again_and_not_for_ever) {
  int left = 2;
  attest_answer = [&](const host::HttpRequest& request) {
    EXPECT_FALSE(request.body.empty());
    return left-- > 0 ? FakeNetwork::reply(429, "", {{"Retry-After", "3"}})
                      : FakeNetwork::reply(200, Json{{"token", SgxToken().jwt()}}.dump());
  };
  (void)attest();
  EXPECT_EQ(clock.slept(), seconds(6));
  answers(503, "");
  EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("status 503"));
  EXPECT_LT(clock.slept(), seconds(26));
}

TEST_F(AttestationServiceTest, a_provider_that_is_away_is_named) {
  network.answer = [](const host::HttpRequest&) -> host::HttpResponse {
    throw diag::Error(ErrorKind::unavailable, "no route to host");
  };
  EXPECT_EQ(refusal(ErrorKind::unavailable),
            "the attestation provider https://demo.wus.attest.azure.net can not be asked");
}

TEST_F(AttestationServiceTest, a_recorded_exchange_is_taken) {
  NEEDS_CORPUS("../vectors/azure");
  clock.advance(seconds(1654040000) - seconds(test::token_time));
  const std::string folder = "maa-2022-recorded/";
  provider = attestation_provider("https://sharedwus.wus.attest.azure.net/");
  certs = test::read_vector(folder + "certs.json");
  answers(200, Json{{"token", test::read_vector(folder + "sgx-runtime-binary.jwt")}}.dump());
  const auto runtime_data = test::read_vector(folder + "runtime-data.bin");
  evidence = {AttestedTee::sgx, test::read_vector(folder + "quote.bin"), "",
              test::hash_of(runtime_data) + std::string(32, '\0'), runtime_data};
  EXPECT_TRUE(std::get<SgxClaims>(attest().tee).debuggable);
  evidence.quote.back() = static_cast<char>(evidence.quote.back() ^ 1);
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("another quote (quotehash)"));
}

}  // namespace
}  // namespace sconectl::azure
