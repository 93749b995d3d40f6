// Services whose quotes Azure Attestation judges (`mode: maa`, SL-293 to SL-303).
#include <gmock/gmock.h>

#include "attest/fake_platform.hpp"
#include "azure/attestation_tokens.hpp"
#include "casd/service_fixture.hpp"
#include "casd/snp_machine.hpp"
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
      if (!machine_claims.is_null())
        return FakeNetwork::reply(200, nlohmann::json{{"token", machine_token()}}.dump());
      const auto quote = nlohmann::json::parse(request.body)["quote"].get<std::string>();
      SgxToken token(crypto::unbase64url(quote).value(), platform.report_data);
      change(token);
      return FakeNetwork::reply(200, nlohmann::json{{"token", token.jwt()}}.dump());
    };
    reopen();
  }

  [[nodiscard]] std::string demanding(const std::string& tolerate = "maa-managed-tcb",
                                      const std::string& predecessor = "") const {
    return demanding_variant("{mrenclave: " + crypto::hex(platform.mr_enclave) + "}", tolerate,
                             predecessor);
  }
  static std::string demanding_variant(const std::string& variant,
                                       const std::string& tolerate = "maa-managed-tcb",
                                       const std::string& predecessor = "") {
    return session("a", "services:\n  - name: py\n    command: x\n    attestation: [" + variant +
                            "]\nsecurity:\n  attestation:\n    mode: maa\n    url: "
                            "https://demo.wus.attest.azure.net/\n    tolerate: [" +
                            tolerate + "]\n" +
                            (predecessor.empty() ? "" : "predecessor: " + predecessor + "\n"));
  }
  cas::ConfigRequest proving(attest::Tee tee = attest::Tee::sgx) {
    auto asked = request("a/py");
    platform.report_data = wanted_report_data(asked);
    asked.evidence.type = tee == attest::Tee::sgx ? "sgx-dcap" : "tdx";
    asked.evidence.quote = platform.quote(tee);
    return asked;
  }
  [[nodiscard]] std::string wanted_report_data(const cas::ConfigRequest& asked) const {
    const auto cas_key = crypto::parse_key_hash(service->key_hash());
    return cas::report_data(asked, crypto::view(cas_key.value()));
  }
  [[nodiscard]] std::string machine_token() const {
    auto claims = SgxToken().claims;
    claims.update(machine_claims);
    return signed_jwt(SgxToken().header.dump(), claims.dump());
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
  std::string refusal;            ///< what the provider says instead of a token
  nlohmann::json machine_claims;  ///< what it says of a machine; null: of an enclave
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
  refused(fetch("a/py"), 403, "it does not run in an SGX enclave or a confidential machine");
  refused(fetch(proving(attest::Tee::tdx)), 403, "None of the required enclave properties are met");
  EXPECT_THAT(log(), HasSubstr("attestation: no variant is for a TDX domain"));
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

/// What Azure says of a domain: names of their own, and nothing that is bound to the quote.
class AzureAttestationOfDomain : public AzureAttestation {
 protected:
  cas::ConfigRequest proving_domain() {
    auto asked = proving(attest::Tee::tdx);
    const auto quote = attest::parse_quote(asked.evidence.quote);
    const auto& domain = std::get<attest::TdReport>(quote.body);
    machine_claims = {{"x-ms-attestation-type", "tdxvm"},
                      {"tdx_mrtd", crypto::hex(domain.mr_td)},
                      {"tdx_mrconfigid", crypto::hex(domain.mr_config_id)},
                      {"tdx_td_attributes_debug", false},
                      {"tdx_report_data", crypto::hex(platform.report_data)}};
    for (std::size_t i = 0; i < domain.rtmr.size(); ++i)
      machine_claims["tdx_rtmr" + std::to_string(i)] = crypto::hex(domain.rtmr.at(i));
    variant = "{tdx: {mrtd: " + crypto::hex(domain.mr_td) +
              ", mrconfigid: any, mrowner: any, mrownerconfig: any, rtmr0: any, rtmr1: any, rtmr2: "
              "any, rtmr3: any}}";
    return asked;
  }
  std::string variant;
};

TEST_F(AzureAttestationOfDomain, XA008_a_domain_is_judged_by_the_session_and_by_azure) {
  (void)proving_domain();
  created(demanding_variant(variant), alice.peer());
  const auto got = fetch(proving_domain());
  ASSERT_EQ(got.answer.status, 200) << got.answer.body << log();
  EXPECT_THAT(azure.asked.at(0).url, HasSubstr("/attest/TdxVm?api-version="));
}

TEST_F(AzureAttestationOfDomain, a_token_about_another_domain_is_worth_nothing) {
  (void)proving_domain();
  created(demanding_variant(variant), alice.peer());
  for (const auto& [claim, word] :
       {std::pair{"tdx_mrtd", "mrtd"}, {"tdx_rtmr3", "rtmr3"}, {"tdx_mrconfigid", "mrconfigid"}}) {
    const auto asked = proving_domain();
    machine_claims[claim] = std::string(96, '5');
    const auto got = fetch(asked);
    EXPECT_EQ(got.answer.status, 403);
    EXPECT_THAT(got.answer.messages(), HasSubstr("another machine: its " + std::string(word)));
  }
  const auto asked = proving_domain();
  machine_claims["tdx_report_data"] = std::string(128, '5');
  EXPECT_THAT(fetch(asked).answer.messages(), HasSubstr("report data is not that of the evidence"));
}

TEST_F(AzureAttestationOfDomain, a_token_about_an_enclave_is_no_token_about_a_domain) {
  (void)proving_domain();
  created(demanding_variant(variant), alice.peer());
  const auto asked = proving_domain();
  machine_claims = nullptr;
  EXPECT_THAT(fetch(asked).answer.messages(),
              HasSubstr("its claim 'x-ms-attestation-type' is not \"tdxvm\""));
}

class AzureAttestationOfGuest : public AzureAttestation {
 protected:
  void SetUp() override {
    NEEDS_CORPUS("../vectors/snp");
    machine.emplace();
    clock.advance(std::chrono::days(516));  // to June 2025
    snp_collateral = &*machine;
    evidence_test_root = crypto::Certificate::from_der(machine->certificates.ark);
    reopen();
  }
  cas::ConfigRequest proving_guest() {
    auto asked = request("a/py");
    const auto report_data = wanted_report_data(asked);
    asked.evidence = {"sev-snp", machine->about(report_data), {}, {}};
    const auto report = attest::parse_snp_report(asked.evidence.quote);
    const auto now = std::chrono::system_clock::to_time_t(clock.now());
    machine_claims = {
        {"x-ms-attestation-type", "sevsnpvm"}, {"iat", now}, {"nbf", now}, {"exp", now + 28800}};
    const auto claim = [&](const char* name, const nlohmann::json& value) {
      machine_claims[std::string("x-ms-sevsnpvm-") + name] = value;
    };
    claim("launchmeasurement", machine->measurement());
    claim("hostdata", crypto::hex(report.host_data));
    claim("idkeydigest", crypto::hex(report.id_key_digest));
    claim("authorkeydigest", crypto::hex(report.author_key_digest));
    claim("reportdata", crypto::hex(report_data));
    for (const char* name : {"is-debuggable", "migration-allowed", "smt-allowed"})
      claim(name, false);
    for (const char* name : {"bootloader-svn", "tee-svn", "snpfw-svn", "microcode-svn", "guestsvn"})
      claim(name, 0);
    claim("vmpl", report.vmpl);
    return asked;
  }
  [[nodiscard]] std::string guest() const {
    return "{snp: {measurement: " + machine->measurement() + "}}";
  }
  std::optional<SnpMachine> machine;
};

TEST_F(AzureAttestationOfGuest, XA008_a_guest_is_judged_by_the_session_and_by_azure) {
  created(demanding_variant(guest()), alice.peer());
  const auto got = fetch(proving_guest());
  ASSERT_EQ(got.answer.status, 200) << got.answer.body << log();
  EXPECT_THAT(azure.asked.at(0).url, HasSubstr("/attest/SevSnpVm?api-version="));
  const auto sent = nlohmann::json::parse(azure.asked.at(0).body)["report"].get<std::string>();
  const auto report = nlohmann::json::parse(crypto::unbase64url(sent).value());
  const auto chain = crypto::certificates_from_pem(
      crypto::unbase64url(report["VcekCertChain"].get<std::string>()).value());
  ASSERT_EQ(chain.size(), 3U);
  EXPECT_EQ(chain[0].der(), machine->chip);
  EXPECT_EQ(chain[1].der(), machine->certificates.ask);
  EXPECT_EQ(chain[2].der(), machine->certificates.ark);
}

TEST_F(AzureAttestationOfGuest, a_token_about_another_guest_is_worth_nothing) {
  created(demanding_variant(guest()), alice.peer());
  for (const auto& [claim, size, word] :
       {std::tuple{"launchmeasurement", 96U, "measurement"}, {"hostdata", 64U, "host data"}}) {
    const auto asked = proving_guest();
    machine_claims[std::string("x-ms-sevsnpvm-") + claim] = std::string(size, '5');
    EXPECT_THAT(fetch(asked).answer.messages(),
                HasSubstr("another machine: its " + std::string(word)));
  }
}

TEST_F(AzureAttestationOfGuest, SL303_the_state_of_the_machine_is_azures_to_judge) {
  created(demanding_variant(guest(), "debug-mode"), alice.peer());
  EXPECT_EQ(fetch(proving_guest()).answer.status, 403);
  EXPECT_THAT(log(), HasSubstr("the state of its platform is the attester's to judge"));
  EXPECT_EQ(azure.asked.size(), 0U);
}

TEST_F(AzureAttestationOfGuest, a_report_that_no_processor_signed_is_not_asked_about) {
  created(demanding_variant(guest()), alice.peer());
  auto changed = proving_guest();
  changed.evidence.quote.at(0x2A0) ^= 1;  // the signature
  EXPECT_EQ(fetch(changed).answer.status, 403);
  EXPECT_EQ(azure.asked.size(), 0U);
}

}  // namespace
}  // namespace sconectl::test
