// Services whose quotes Azure Attestation judges (`mode: maa`, SL-293 to SL-303).
#include <gmock/gmock.h>

#include "attest/fake_platform.hpp"
#include "azure/attestation_tokens.hpp"
#include "casd/service_fixture.hpp"
#include "support/fake_network.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

class AzureAttestation : public ServiceClient {
 protected:
  AzureAttestation() {
    network = &azure;
    evidence_test_root = platform.root();
    azure.answer = [this](const host::HttpRequest& request) {
      if (request.url.ends_with("/certs"))
        return FakeNetwork::reply(200, key_set_of({jwk_of(token_key())}));
      if (!refusal.empty()) return FakeNetwork::reply(400, refusal);
      const auto quote = nlohmann::json::parse(request.body)["quote"].get<std::string>();
      SgxToken token(crypto::unbase64url(quote).value(), platform.report_data);
      change(token);
      return FakeNetwork::reply(200, nlohmann::json{{"token", token.jwt()}}.dump());
    };
    reopen();
  }

  [[nodiscard]] std::string demanding(const std::string& tolerate = "maa-managed-tcb",
                                      const std::string& predecessor = "") const {
    return session("a", "services:\n  - name: py\n    command: x\n    attestation: [{mrenclave: " +
                            crypto::hex(platform.mr_enclave) +
                            "}]\nsecurity:\n  attestation:\n    mode: maa\n    url: "
                            "https://demo.wus.attest.azure.net/\n    tolerate: [" +
                            tolerate + "]\n" +
                            (predecessor.empty() ? "" : "predecessor: " + predecessor + "\n"));
  }
  cas::ConfigRequest proving() {
    auto asked = request("a/py");
    const auto cas_key = crypto::parse_key_hash(service->key_hash());
    platform.report_data = cas::report_data(asked, crypto::view(cas_key.value()));
    asked.evidence.type = "sgx-dcap";
    asked.evidence.quote = platform.quote();
    return asked;
  }
  std::string refused_evidence() {
    const auto got = fetch(proving());
    EXPECT_EQ(got.answer.status, 403) << got.answer.body;
    EXPECT_THAT(got.answer.messages(),
                HasSubstr("None of the required enclave properties are met"));
    return got.answer.messages();
  }

  FakeNetwork azure;
  FakePlatform platform;
  std::string refusal;  ///< what the provider says instead of a token
  std::function<void(SgxToken&)> change = [](SgxToken&) {};
};

TEST_F(AzureAttestation, SL293_an_enclave_that_the_provider_vouches_for_gets_its_configuration) {
  created(demanding(), alice.peer());
  EXPECT_EQ(azure.asked.size(), 0U);
  const auto got = fetch(proving());
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  EXPECT_EQ(got.configuration.argv, std::vector<std::string>{"x"});
  EXPECT_THAT(azure.asked.at(0).url,
              HasSubstr("demo.wus.attest.azure.net/attest/SgxEnclave?api-version="));
  EXPECT_TRUE(azure.verified);
  EXPECT_EQ(fetch(proving()).answer.status, 200);
  EXPECT_EQ(azure.asked_of("/certs"), 1U);
}

TEST_F(AzureAttestation, Z13_the_refusal_of_a_policy_reaches_who_starts_the_service) {
  created(demanding(), alice.peer());
  refusal = R"({"error":{"code":"PolicyEvaluationError","message":"rule denied"}})";
  EXPECT_THAT(refused_evidence(), HasSubstr("PolicyEvaluationError"));
  EXPECT_THAT(log(), HasSubstr("https://demo.wus.attest.azure.net"));
}

TEST_F(AzureAttestation, a_token_about_something_else_is_worth_nothing) {
  created(demanding(), alice.peer());
  for (const auto& wrong : std::vector<std::function<void(SgxToken&)>>{
           [](SgxToken& token) {
             token.claims["x-ms-sgx-collateral"]["quotehash"] = std::string(64, '0');
           },
           [](SgxToken& token) { token.claims["x-ms-sgx-report-data"] = std::string(128, '0'); },
           [](SgxToken& token) { token.claims["exp"] = token_time - 100; },
           [](SgxToken& token) { token.claims["iss"] = "https://other.wus.attest.azure.net"; },
           [](SgxToken& token) { token.header["alg"] = "none"; }}) {
    change = wrong;
    EXPECT_THAT(refused_evidence(), HasSubstr("https://demo.wus.attest.azure.net"));
  }
}

TEST_F(AzureAttestation, SL303_what_the_session_demands_is_judged_here_and_told_only_in_the_log) {
  const auto mr_enclave = platform.mr_enclave;
  auto hash = created(demanding(), alice.peer());
  platform.debug = true;
  EXPECT_THAT(refused_evidence(), HasButNot("enclave properties", "debug"));
  EXPECT_THAT(log(), HasSubstr("it runs in debug mode"));
  hash = created(demanding("maa-managed-tcb, debug-mode", hash), alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200);
  platform.mr_enclave = std::string(32, '\x01');
  (void)refused_evidence();
  EXPECT_THAT(log(), HasSubstr("its mrenclave is 0101"));
  platform.debug = false;
  platform.mr_enclave = mr_enclave;
  created(demanding("debug-mode", hash), alice.peer());
  (void)refused_evidence();
  EXPECT_THAT(log(), HasSubstr("the state of its platform is the attester's to judge"));
  EXPECT_EQ(azure.asked_of("/attest/"), 1U);
}

TEST_F(AzureAttestation, a_quote_that_no_processor_signed_is_not_asked_about) {
  created(demanding(), alice.peer());
  auto changed = proving();
  changed.evidence.quote.at(436) ^= 1;  // the signature
  EXPECT_EQ(fetch(changed).answer.status, 403);
  EXPECT_THAT(log(), HasSubstr("quote: the attestation key did not sign it"));
  auto foreign = proving();
  FakePlatform other;
  other.report_data = platform.report_data;
  other.mr_enclave = platform.mr_enclave;
  foreign.evidence.quote = other.quote();
  EXPECT_EQ(fetch(foreign).answer.status, 403);
  EXPECT_THAT(log(), HasSubstr("it does not end in the given test root"));
  EXPECT_EQ(azure.asked.size(), 0U);
}

TEST_F(AzureAttestation, A10_a_machine_that_is_no_tee_is_told_so) {
  created(demanding(), alice.peer());
  refused(fetch("a/py"), 403, "it does not run in an SGX enclave");
  auto of_domain = proving();
  of_domain.evidence.type = "tdx";
  of_domain.evidence.quote = platform.quote(attest::Tee::tdx);
  refused(fetch(of_domain), 403, "None of the required enclave properties are met");
  EXPECT_THAT(log(), HasSubstr("it is no SGX quote, which 'mode: maa' is about"));
  EXPECT_EQ(azure.asked.size(), 0U);
}

TEST_F(AzureAttestation, a_provider_that_can_not_be_asked_is_named) {
  created(demanding(), alice.peer());
  azure.answer = [](const host::HttpRequest&) -> host::HttpResponse {
    throw diag::Error(diag::ErrorKind::unavailable, "connection refused");
  };
  const auto got = fetch(proving());
  EXPECT_EQ(got.answer.status, 503) << got.answer.body;
  EXPECT_THAT(got.answer.messages(), HasSubstr("demo.wus.attest.azure.net"));
}

}  // namespace
}  // namespace sconectl::test
