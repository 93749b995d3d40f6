// Recorded tokens of Azure Attestation (azure.md 3.2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/attestation_tokens.hpp"
#include "sconectl/azure/attestation_token.hpp"

namespace sconectl::azure {
namespace {

using test::Json;
using test::SgxToken;
using testing::HasSubstr;

struct RecordedToken : testing::Test {
  static constexpr std::int64_t recorded_time = 1654040000;
  const std::string folder = "maa-2022-recorded/";
  const std::string url = "https://sharedwus.wus.attest.azure.net";

  [[nodiscard]] AttestationClaims verify_recorded(const std::string& name,
                                                  const std::string& by = "",
                                                  std::int64_t now = recorded_time) const {
    return verify_attestation_token(
        test::read_vector(name), AttestationKeys::parse(test::read_vector(folder + "certs.json")),
        attestation_provider(by.empty() ? url : by), AttestedTee::sgx, test::time_at(now));
  }
  [[nodiscard]] std::string refusal_of(const std::string& name,
                                       std::int64_t now = recorded_time) const {
    return test::token_refusal(url, [&] { return verify_recorded(name, "", now); });
  }
};

TEST_F(RecordedToken, those_of_the_provider_are_genuine) {
  NEEDS_CORPUS("../vectors/azure");
  const auto quote_hash = test::hash_of(test::read_vector(folder + "quote.bin"));
  // Where a report was sent, it is of all of that: 16 bytes of Open Enclave's, then the quote.
  const auto report_hash = test::hash_of(test::read_vector(folder + "openenclave-report.bin"));
  const auto runtime_data = test::read_vector(folder + "runtime-data.bin");
  for (const char* name :
       {"sgx-noruntime", "sgx-runtime-binary", "sgx-runtime-json", "openenclave-runtime-binary"}) {
    SCOPED_TRACE(name);
    const auto claims = verify_recorded(folder + name + ".jwt");
    const auto& sgx = std::get<SgxClaims>(claims.tee);
    EXPECT_EQ(crypto::hex(sgx.mrenclave),
              "292a1f4b519e46627eb2478a3d9851405653c5b4b0a6925de843834d9216850e");
    EXPECT_EQ(crypto::hex(sgx.mrsigner),
              "4aea5f9a0ed04b11f889aadfe6a1d376213a29a95a85ce7337ae6f7fece6610c");
    EXPECT_EQ(sgx.product_id, 1);
    EXPECT_EQ(sgx.svn, 1);
    EXPECT_TRUE(sgx.debuggable);
    EXPECT_EQ(sgx.quote_hash, std::string(name).starts_with("sgx") ? quote_hash : report_hash);
    EXPECT_EQ(claims.report_data, test::hash_of(runtime_data) + std::string(32, '\0'));
    EXPECT_EQ(sgx.runtime_data.has_value(), std::string(name).ends_with("binary"));
    EXPECT_EQ(sgx.runtime_data.value_or(runtime_data), runtime_data);
    EXPECT_EQ(claims.nonce, std::nullopt);
    EXPECT_EQ(test::jwt_part(claims.policy_hash.value()),
              "bROrN897ZfWmWY2V0FLUlu3uwk5xatGnKYHn3zBbSlw");
  }
}

TEST_F(RecordedToken, one_of_another_provider_with_the_same_key_differs_in_its_issuer) {
  NEEDS_CORPUS("../vectors/azure");
  const auto name = folder + "sgx-runtime-binary-aad-provider.jwt";
  EXPECT_EQ(refusal_of(name), "its keys (jku) are not at /certs of the provider");
  EXPECT_NO_THROW(
      (void)verify_recorded(name, "https://cplarryoattestationaad.wus.attest.azure.net"));
}

TEST_F(RecordedToken, others_are_refused) {
  NEEDS_CORPUS("../vectors/azure");
  EXPECT_EQ(refusal_of(folder + "draft-policy-alg-none.jwt"), "its algorithm (alg) is not RS256");
  EXPECT_EQ(refusal_of(folder + "get-policy.jwt"), "its claim 'x-ms-ver' is not \"1.0\"");
  EXPECT_EQ(refusal_of(folder + "sgx-noruntime.jwt", 1654066081 + 60), "it has ended (exp)");
  EXPECT_THAT(refusal_of(folder + "sgx-noruntime.jwt", 1654037276 - 61),
              HasSubstr("not valid yet (nbf)"));
}

AttestationClaims verify_own(const std::string& jwt, AttestedTee tee) {
  return verify_attestation_token(
      jwt, AttestationKeys::parse(test::key_set_of({test::jwk_of(test::token_key())})),
      test::provider_of_tests(), tee, test::time_at(1744090000));
}

std::string refusal_of_own(const std::string& jwt, AttestedTee tee) {
  return test::token_refusal("https://demo.wus.attest.azure.net",
                             [&] { return verify_own(jwt, tee); });
}

TEST_F(RecordedToken, one_of_an_SNP_guest_is_of_another_TEE) {
  NEEDS_CORPUS("../vectors/azure");
  const std::string name = "maa-2025-sevsnp/token.jwt";
  const std::string by = "https://sharedweu.weu.test.attest.azure.net";
  EXPECT_EQ(test::token_refusal(by, [&] { return verify_recorded(name, by, 1744090000); }),
            "its key (kid) is none of the provider's");
  // Its keys are not recorded: the same claims, signed here.
  const auto jwt = test::read_vector(name);
  const auto begin = jwt.find('.') + 1;
  auto claims = Json::parse(crypto::unbase64url(jwt.substr(begin, jwt.rfind('.') - begin)).value());
  claims["iss"] = "https://demo.wus.attest.azure.net";
  const auto own = test::signed_jwt(SgxToken().header.dump(), claims.dump());
  EXPECT_EQ(refusal_of_own(own, AttestedTee::sgx),
            "its claim 'x-ms-attestation-type' is not \"sgx\"");
  const auto read = verify_own(own, AttestedTee::snp);
  const auto& snp = std::get<SnpClaims>(read.tee);
  EXPECT_EQ(crypto::hex(snp.launch_measurement).substr(0, 16), "02c3b0d5bf1d256f");
  EXPECT_EQ(crypto::hex(read.report_data).substr(0, 12), "40fc248ecb55");
  EXPECT_EQ(snp.microcode_svn, 115);
  EXPECT_EQ(snp.guest_svn, 2U);
  EXPECT_EQ(snp.vmpl, 0);
  EXPECT_TRUE(snp.smt_allowed);
  EXPECT_FALSE(snp.debuggable || snp.migration_allowed);
  claims["x-ms-sevsnpvm-vmpl"] = 4;
  EXPECT_EQ(
      refusal_of_own(test::signed_jwt(SgxToken().header.dump(), claims.dump()), AttestedTee::snp),
      "its claim 'x-ms-sevsnpvm-vmpl' is not a number from 0 to 3");
}

}  // namespace
}  // namespace sconectl::azure
