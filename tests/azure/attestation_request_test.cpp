// How Azure Attestation is asked, and what its refusals mean (azure.md 3.1, 3.7).
#include "sconectl/azure/attestation_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/attestation_tokens.hpp"
#include "support/repository.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using test::Json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string unencoded(const Json& text) {
  const auto encoded = text.get<std::string>();
  EXPECT_THAT(encoded, testing::MatchesRegex("[0-9A-Za-z_-]+"));
  return crypto::unbase64url(encoded).value();
}

diag::Error refusal(int status, const std::string& body) {
  const auto error = attestation_refusal(test::provider_of_tests(), status, body);
  EXPECT_THAT(error.text(), HasSubstr("https://demo.wus.attest.azure.net"));
  return error;
}

std::string error_body(const std::string& code, const std::string& message) {
  return Json{{"error", {{"code", code}, {"message", message}}}}.dump();
}

TEST(AttestationRequest, a_quote_with_runtime_data_is_sent_as_recorded) {
  NEEDS_CORPUS("../vectors/azure");
  const auto quote = test::read_vector("maa-2022-recorded/quote.bin");
  const auto runtime_data = test::read_vector("maa-2022-recorded/runtime-data.bin");
  const auto request = attestation_request({AttestedTee::sgx, quote, "", "", runtime_data});
  EXPECT_EQ(request.target, "/attest/SgxEnclave?api-version=2022-08-01");
  EXPECT_EQ(Json::parse(request.body),
            Json::parse(test::read_vector("maa-2022-recorded/request-sgx-runtime-binary.json")));
}

TEST(AttestationRequest, each_kind_of_evidence_has_its_form) {
  const std::string bytes("\xff\xfe\0quote", 8);
  const auto sgx = attestation_request({AttestedTee::sgx, bytes, "", ""});
  EXPECT_EQ(Json::parse(sgx.body), (Json{{"quote", "__4AcXVvdGU"}}));
  const auto tdx = attestation_request({AttestedTee::tdx, bytes, "", ""});
  EXPECT_EQ(tdx.target, "/attest/TdxVm?api-version=2025-06-01");
  EXPECT_EQ(Json::parse(tdx.body), (Json{{"quote", "__4AcXVvdGU"}}));
  const auto snp = attestation_request({AttestedTee::snp, bytes, "chain", "", "data"});
  EXPECT_EQ(snp.target, "/attest/SevSnpVm?api-version=2022-08-01");
  const auto body = Json::parse(snp.body);
  EXPECT_EQ(body["runtimeData"], (Json{{"data", "ZGF0YQ"}, {"dataType", "Binary"}}));
  const auto report = Json::parse(unencoded(body["report"]));
  EXPECT_EQ(report, (Json{{"SnpReport", "__4AcXVvdGU"}, {"VcekCertChain", "Y2hhaW4"}}));
}

TEST(AttestationRequest, an_answer_holds_a_token) {
  EXPECT_EQ(token_in_answer(R"({"token":"a.b.c","more":1})"), "a.b.c");
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{}"), std::string(R"({"token":""})"),
        std::string(R"({"token":7})"), std::string(R"({"token":"a","token":"b"})"),
        R"({"token":")" + std::string(5'000'000, 'a') + "\"}"})
    EXPECT_THROW((void)token_in_answer(body), diag::Error) << body.substr(0, 40);
}

TEST(AttestationRequest, A03_a_refusing_policy_is_named_with_its_words) {
  NEEDS_CORPUS("../vectors/azure");
  const auto error =
      refusal(400, test::read_vector("maa-2022-recorded/error-400-policy-evaluation.json"));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(
      error.text(),
      "the policy of https://demo.wus.attest.azure.net refuses the evidence "
      "(PolicyEvaluationError): No Permit claim was issued in the authorizationrules section, "
      "authorization failed.");
  EXPECT_THAT(
      refusal(400, test::read_vector("maa-2022-recorded/error-400-invalid-operation.json")).text(),
      StartsWith("https://demo.wus.attest.azure.net answers with status 400 (InvalidOperation): "
                 "Attestation Enclave operation failed with 65530: "));
}

TEST(AttestationRequest, A03_a_quote_that_is_not_taken_has_a_next_step) {
  const auto text = [](const std::string& message) {
    return refusal(400, error_body("InvalidParameter", message)).text();
  };
  EXPECT_THAT(text("... failed with 65534: OE_MISSING_CERTIFICATE_CHAIN ..."),
              AllOf(HasSubstr("does not take the evidence (InvalidParameter): the quote holds no "
                              "certificate chain of its platform (OE_MISSING_CERTIFICATE_CHAIN)"),
                    Not(HasSubstr("65534"))));
  EXPECT_THAT(text("65534 OE_VERIFY_FAILED"), HasSubstr("no machine of Azure"));
  EXPECT_THAT(text("something\r\nelse"), HasSubstr("baseline? It says: something"));
  EXPECT_THAT(text(""), testing::EndsWith("baseline?"));
}

TEST(AttestationRequest, words_that_are_not_plain_are_not_shown) {
  const auto policy = [](const std::string& code, const std::string& message) {
    return refusal(400, error_body(code, message)).text();
  };
  constexpr const char* ended = "refuses the evidence (PolicyEvaluationError)";
  for (const char* message : {"\x1B[31mred", "caf\xC3\xA9", "a\tb", "\x7F"})
    EXPECT_THAT(policy("PolicyEvaluationError", message), testing::EndsWith(ended));
  EXPECT_THAT(policy("PolicyEvaluationError", std::string(5'000, 'x')),
              AllOf(HasSubstr(std::string(300, 'x') + " ..."), testing::SizeIs(testing::Lt(450U))));
  EXPECT_THAT(policy("Bad\nCode", ""), testing::EndsWith("answers with status 400"));
  EXPECT_THAT(policy(std::string(65, 'a'), ""), testing::EndsWith("answers with status 400"));
  EXPECT_THAT(refusal(400, "<html>s3cret").text(), testing::EndsWith("answers with status 400"));
}

TEST(AttestationRequest, A03_other_answers_say_what_is_missing) {
  for (const int status : {401, 403, 404, 307, 418})
    EXPECT_EQ(refusal(status, "").kind(), ErrorKind::refused) << status;
  for (const int status : {429, 500, 503})
    EXPECT_EQ(refusal(status, "").kind(), ErrorKind::unavailable) << status;
  EXPECT_THAT(refusal(401, "").text(), HasSubstr("wants credentials to attest (401)"));
  EXPECT_THAT(refusal(404, "").text(), HasSubstr("there is no such provider"));
  EXPECT_THAT(refusal(307, "").text(), HasSubstr("answers with status 307"));
}

}  // namespace
}  // namespace sconectl::azure
