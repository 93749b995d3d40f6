// What Azure Attestation says, and whether it was Azure Attestation (azure.md 3.3, 3.5).
#include "sconectl/azure/attestation_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/attestation_tokens.hpp"
#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::azure {
namespace {

using std::chrono::seconds;
using test::Json;
using test::SgxToken;
using testing::HasSubstr;

/// A certificate of a key with 1024 bits, in base64.
constexpr const char* short_key =
    "MIICNDCCAZ2gAwIBAgIUAYg2FHcYkFsuob/QJyFOJ/yhY4gwDQYJKoZIhvcNAQELBQAwLDEqMCgGA1UEAwwhaHR0cH"
    "M6Ly9kZW1vLnd1cy5hdHRlc3QuYXp1cmUubmV0MB4XDTI2MTEyNjIyMjAyNFoXDTM2MTEyMzIyMjAyNFowLDEqMCgG"
    "A1UEAwwhaHR0cHM6Ly9kZW1vLnd1cy5hdHRlc3QuYXp1cmUubmV0MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"
    "DO5I5TxMANWuk6c3lPfizTuXONAqjiSatV+Pxh/BpJOjuv8z82zPDvEdNgYrzpn2LBNj7jN848Ug/w42qZ8SI3F9C/"
    "G330tW8+mYtqae9B1VCocKe8PAb2JvB0SHZfzCpeMXTU8NwCnnMUh/8cFvdgpMZxsgbeAa9OpadxHsi0/QIDAQABo1"
    "MwUTAdBgNVHQ4EFgQUoF+ZKZU8SxRS1LXsURaAaFowtA8wHwYDVR0jBBgwFoAUoF+ZKZU8SxRS1LXsURaAaFowtA8w"
    "DwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOBgQCE4rf5cLJ6UGiHZfaDJ3KKVd1zBA1YECJVIEG6U1ullk"
    "HW9rnTR07VNWzGAUEXnqVS6tFKgN0DYY4RuCykZVC30Tdc8o+knJMoXzxY3Uro4XY3uwbeEnQu7kPgFl0oWqIQiy4y"
    "ERiwTIATeSGeJcEbi2qq4Tm+84K3QFU3dSAp4g==";

AttestationKeys keys_of_tests() {
  static const auto text = test::key_set_of({test::jwk_of(test::token_key())});
  return AttestationKeys::parse(text);
}

AttestationClaims verify(const std::string& jwt, std::int64_t now = test::token_time,
                         AttestedTee tee = AttestedTee::sgx,
                         const AttestationKeys& keys = keys_of_tests()) {
  return verify_attestation_token(jwt, keys, test::provider_of_tests(), tee, test::time_at(now));
}

std::string refusal(const std::string& jwt, std::int64_t now = test::token_time,
                    AttestedTee tee = AttestedTee::sgx,
                    const AttestationKeys& keys = keys_of_tests()) {
  return test::token_refusal("https://demo.wus.attest.azure.net",
                             [&] { return verify(jwt, now, tee, keys); });
}

std::string with_header(const char* name, const Json& value) {
  SgxToken token;
  token.header[name] = value;
  return refusal(token.jwt());
}

std::string without_header(const char* name) {
  SgxToken token;
  token.header.erase(name);
  return refusal(token.jwt());
}

std::string with_claim(const char* name, const Json& value) {
  SgxToken token;
  token.claims[name] = value;
  return refusal(token.jwt());
}

TEST(AttestationToken, a_token_of_an_enclave_is_read) {
  SgxToken token;
  token.claims["x-ms-sgx-ehd"] = test::jwt_part("held data");
  token.claims["nonce"] = "n";
  token.claims["x-ms-policy-hash"] = test::jwt_part(std::string(32, 'p'));
  token.claims["sgx-mrenclave"] = std::string(64, 'f');
  token.claims["is-debuggable"] = "whatever a policy says";
  const auto claims = verify(token.jwt());
  const auto& sgx = std::get<SgxClaims>(claims.tee);
  EXPECT_EQ(sgx.mrenclave, std::string(32, '\xAA'));
  EXPECT_EQ(sgx.mrsigner, std::string(32, '\xBB'));
  EXPECT_EQ(sgx.product_id, 7);
  EXPECT_EQ(sgx.svn, 65535);
  EXPECT_FALSE(sgx.debuggable);
  EXPECT_EQ(sgx.quote_hash, test::hash_of("quote"));
  EXPECT_EQ(sgx.runtime_data, "held data");
  EXPECT_EQ(claims.report_data, std::string(64, 'r'));
  EXPECT_EQ(claims.nonce, "n");
  EXPECT_EQ(claims.policy_hash, std::string(32, 'p'));
  EXPECT_EQ(claims.issued, std::chrono::sys_seconds(seconds(test::token_time)));
  EXPECT_EQ(claims.ends - claims.issued, std::chrono::hours(8));
  EXPECT_EQ(attestation_token_kid(token.jwt(), test::provider_of_tests()), test::token_kid);
}

TEST(AttestationToken, only_the_algorithm_RS256_is_taken) {
  for (const char* algorithm : {"none", "None", "HS256", "RS384", "PS256", "ES256", "rs256", ""})
    EXPECT_EQ(with_header("alg", algorithm), "its algorithm (alg) is not RS256") << algorithm;
  EXPECT_EQ(without_header("alg"), "its algorithm (alg) is not RS256");
  SgxToken token;
  token.header["alg"] = "HS256";
  const auto text = test::jwt_part(token.header.dump()) + "." + test::jwt_part(token.claims.dump());
  const auto mac = crypto::hmac_sha256(test::token_key().public_key().spki_pem(), text);
  EXPECT_EQ(refusal(text + "." + test::jwt_part(crypto::view(mac))),
            "its algorithm (alg) is not RS256");
}

TEST(AttestationToken, its_keys_are_the_providers_only) {
  constexpr const char* elsewhere = "its keys (jku) are not at /certs of the provider";
  for (const char* url :
       {"https://other.wus.attest.azure.net/certs", "https://evil.example/certs",
        "https://demo.wus.attest.azure.net/certs/", "https://demo.wus.attest.azure.net/other",
        "http://demo.wus.attest.azure.net/certs", "/certs", ""})
    EXPECT_EQ(with_header("jku", url), elsewhere) << url;
  EXPECT_EQ(with_header("jku", nullptr), elsewhere);
  EXPECT_EQ(without_header("jku"), "");
  EXPECT_EQ(with_header("jku", "https://Demo.WUS.attest.azure.net/certs"), "");
  const auto own = test::jwk_of(test::token_key());
  EXPECT_THAT(with_header("jwk", own), HasSubstr("its header has 'jwk'"));
  EXPECT_THAT(with_header("x5c", own["x5c"]), HasSubstr("its header has 'x5c'"));
  EXPECT_THAT(with_header("x5u", "https://evil.example"), HasSubstr("its header has 'x5u'"));
  EXPECT_THAT(with_header("crit", {"exp"}), HasSubstr("its header has 'crit'"));
}

TEST(AttestationToken, its_type_is_JWT) {
  for (const char* type : {"JOSE", "jwt", ""})
    EXPECT_EQ(with_header("typ", type), "its type (typ) is not JWT") << type;
  EXPECT_EQ(without_header("typ"), "its type (typ) is not JWT");
}

TEST(AttestationToken, its_key_is_there_exactly_once_and_long_enough) {
  EXPECT_EQ(without_header("kid"), "it does not name its key (kid)");
  EXPECT_THAT(with_header("kid", 7), HasSubstr("'kid' that is no text"));
  EXPECT_EQ(with_header("kid", "other"), "its key (kid) is none of the provider's");
  const auto jwk = test::jwk_of(test::token_key());
  const auto twice = AttestationKeys::parse(test::key_set_of({jwk, jwk}));
  EXPECT_EQ(refusal(SgxToken().jwt(), test::token_time, AttestedTee::sgx, twice),
            "the provider has two keys of its id (kid)");
  auto weak_jwk = jwk;
  weak_jwk["x5c"] = {short_key};
  const auto weak = AttestationKeys::parse(test::key_set_of({weak_jwk}));
  EXPECT_EQ(refusal(SgxToken().jwt(), test::token_time, AttestedTee::sgx, weak),
            "its key has 1024 bits, and at least 2048 are needed");
}

TEST(AttestationToken, its_signature_is_by_that_key) {
  constexpr const char* wrong = "its signature is not by the key that it names";
  EXPECT_EQ(refusal(SgxToken().jwt(crypto::PrivateKey::generate(crypto::KeyType::rsa2048))), wrong);
  auto jwt = SgxToken().jwt();
  auto other = SgxToken("another quote").jwt();
  EXPECT_EQ(refusal(jwt.substr(0, jwt.rfind('.')) + other.substr(other.rfind('.'))), wrong);
  EXPECT_EQ(refusal(jwt.substr(0, jwt.rfind('.') + 1)), wrong);
}

TEST(AttestationToken, it_has_three_parts_and_nothing_after_them) {
  const auto jwt = SgxToken().jwt();
  for (const std::string& text : {std::string(), std::string("."), std::string("a"), jwt + ".",
                                  jwt + ".x", jwt.substr(0, jwt.rfind('.'))})
    EXPECT_NE(refusal(text), "") << text.substr(0, 20);
  for (const char* garbage : {"\n", " ", "=", "==", "A", "%"})
    EXPECT_NE(refusal(jwt + garbage), "") << garbage;
  EXPECT_EQ(refusal(jwt + "="), "its signature is not base64url without padding");
  EXPECT_THAT(refusal(std::string(5'000'000, 'a')), HasSubstr("larger than"));
  EXPECT_THAT(refusal(std::string(10'000, 'a') + ".b.c"), HasSubstr("its header is larger than"));
}

TEST(AttestationToken, its_JSON_is_an_object_without_duplicates_at_any_depth) {
  const SgxToken token;
  const auto header = token.header.dump();
  const auto claims = token.claims.dump();
  const auto with = [](const std::string& object, const std::string& first) {
    return "{" + first + "," + object.substr(1);
  };
  EXPECT_EQ(refusal(test::signed_jwt(header, with(claims, R"("x":{"y":1})"))), "");
  for (const char* first : {R"("x-ms-sgx-svn":0)", R"("x-ms-sgx-\u0073vn":0)",
                            R"("x":{"y":1,"y":1})", R"("x":[{"y":1,"y":1}])", R"("x":1,"x":1)"})
    EXPECT_EQ(refusal(test::signed_jwt(header, with(claims, first))),
              "the content of the token has a member twice")
        << first;
  EXPECT_EQ(refusal(test::signed_jwt(with(header, R"("alg":"none")"), claims)),
            "the header of the token has a member twice");
  for (const auto& other : {claims + "x", claims + claims, "[" + claims + "]", std::string("1"),
                            std::string(), claims.substr(1)})
    EXPECT_EQ(refusal(test::signed_jwt(header, other)),
              "the content of the token is no JSON object");
  EXPECT_EQ(refusal(test::signed_jwt(header + "x", claims)),
            "the header of the token is no JSON object");
}

TEST(AttestationToken, its_issuer_is_the_provider) {
  EXPECT_EQ(with_claim("iss", "https://demo.wus.attest.azure.net/"), "");
  EXPECT_EQ(with_claim("iss", "https://DEMO.wus.attest.azure.net"), "");
  EXPECT_EQ(with_claim("iss", "https://demo.eus.attest.azure.net"),
            "its issuer (iss) is not the provider: https://demo.eus.attest.azure.net");
  EXPECT_EQ(with_claim("iss", "https://\xC3\xA9vil.example"),
            "its issuer (iss) is not the provider");
  for (const Json& issuer : {Json("https://demo.wus.attest.azure.net//"), Json(""), Json(nullptr),
                             Json("demo.wus.attest.azure.net"), Json("/"),
                             Json("https://demo.wus.attest.azure.net.evil.example"),
                             Json("http://demo.wus.attest.azure.net"), Json(7)})
    EXPECT_THAT(with_claim("iss", issuer), testing::AnyOf(HasSubstr("(iss)"), HasSubstr("'iss'")))
        << issuer;
}

TEST(AttestationToken, it_counts_now_with_a_minute_of_leeway) {
  const auto jwt = SgxToken().jwt();
  const auto end = test::token_time + 28800;
  EXPECT_EQ(refusal(jwt, test::token_time - 60), "");
  EXPECT_THAT(refusal(jwt, test::token_time - 61), HasSubstr("not valid yet (nbf)"));
  EXPECT_EQ(refusal(jwt, end + 59), "");
  EXPECT_EQ(refusal(jwt, end + 60), "it has ended (exp)");
  SgxToken future;
  future.claims["iat"] = test::token_time + 61;
  EXPECT_THAT(refusal(future.jwt()), HasSubstr("from the future (iat)"));
}

TEST(AttestationToken, it_counts_a_day_at_most) {
  EXPECT_EQ(with_claim("exp", test::token_time + 86'400), "");
  EXPECT_THAT(with_claim("exp", test::token_time + 86'401), HasSubstr("for a day at most"));
  EXPECT_THAT(with_claim("exp", test::token_time - 1), HasSubstr("for a day at most"));
  for (const char* name : {"exp", "nbf", "iat"})
    for (const Json& value : {Json(nullptr), Json("1704164645"), Json(-1), Json(1704164645.5),
                              Json(253'402'300'800), Json(18'446'744'073'709'551'615U)})
      EXPECT_EQ(with_claim(name, value),
                std::string("its claim '") + name + "' is no time in seconds")
          << value;
}

TEST(AttestationToken, it_is_of_the_version_and_TEE_that_are_expected) {
  for (const Json& version : {Json("1.1"), Json("1"), Json(1.0), Json("")})
    EXPECT_THAT(with_claim("x-ms-ver", version), HasSubstr("'x-ms-ver' is n")) << version;
  for (const char* type : {"sevsnpvm", "tdxvm", "azurevm", "SGX", ""})
    EXPECT_EQ(with_claim("x-ms-attestation-type", type),
              "its claim 'x-ms-attestation-type' is not \"sgx\"");
  EXPECT_EQ(refusal(SgxToken().jwt(), test::token_time, AttestedTee::tdx),
            "its claim 'x-ms-attestation-type' is not \"tdxvm\"");
}

TEST(AttestationToken, its_claims_have_their_types_and_ranges) {
  for (const char* name : {"x-ms-sgx-mrenclave", "x-ms-sgx-mrsigner"})
    for (const Json& value : {Json(std::string(64, 'A')), Json(std::string(63, 'a')), Json(""),
                              Json(std::string(66, 'a')), Json(std::string(64, 'g')), Json(1)})
      EXPECT_EQ(with_claim(name, value),
                std::string("its claim '") + name + "' is not 64 hex digits in lower case");
  for (const char* name : {"x-ms-sgx-product-id", "x-ms-sgx-svn"})
    for (const Json& value : {Json(65536), Json(-1), Json(1.0), Json("1"), Json(true)})
      EXPECT_EQ(with_claim(name, value),
                std::string("its claim '") + name + "' is not a number from 0 to 65535");
  for (const Json& value : {Json("false"), Json("true"), Json(0), Json(nullptr)})
    EXPECT_EQ(with_claim("x-ms-sgx-is-debuggable", value),
              "its claim 'x-ms-sgx-is-debuggable' is neither true nor false");
  EXPECT_THAT(with_claim("x-ms-sgx-report-data", std::string(64, 'a')),
              HasSubstr("128 hex digits"));
  EXPECT_THAT(with_claim("x-ms-sgx-collateral", Json::object()),
              HasSubstr("'quotehash' is missing"));
  EXPECT_THAT(with_claim("x-ms-sgx-collateral", "x"), HasSubstr("is no object"));
  EXPECT_THAT(with_claim("x-ms-sgx-ehd", "YQ=="), HasSubstr("base64url"));
  EXPECT_THAT(with_claim("x-ms-sgx-ehd", "YR"), HasSubstr("base64url"));
  EXPECT_THAT(with_claim("nonce", 7), HasSubstr("'nonce' is no text"));
  EXPECT_THAT(with_claim("x-ms-policy-hash", "YQ"), HasSubstr("is no SHA-256"));
}

TEST(AttestationToken, what_a_policy_issues_replaces_no_claim) {
  SgxToken token;
  token.claims["sgx-mrenclave"] = std::string(64, 'a');
  token.claims["is-debuggable"] = false;
  for (const char* name :
       {"x-ms-sgx-mrenclave", "x-ms-sgx-mrsigner", "x-ms-sgx-product-id", "x-ms-sgx-svn",
        "x-ms-sgx-is-debuggable", "x-ms-sgx-report-data", "x-ms-sgx-collateral"}) {
    auto lacking = token;
    lacking.claims.erase(name);
    EXPECT_EQ(refusal(lacking.jwt()), std::string("its claim '") + name + "' is missing");
  }
}

Json machine_claims(const char* type) {
  return {{"iss", "https://demo.wus.attest.azure.net"},
          {"iat", test::token_time},
          {"nbf", test::token_time},
          {"exp", test::token_time + 28800},
          {"x-ms-ver", "1.0"},
          {"x-ms-attestation-type", type}};
}

TEST(AttestationToken, a_token_of_a_TDX_domain_has_names_of_its_own) {
  auto claims = machine_claims("tdxvm");
  claims["tdx_mrtd"] = std::string(96, '1');
  for (const char* name : {"tdx_rtmr0", "tdx_rtmr1", "tdx_rtmr2", "tdx_rtmr3"})
    claims[name] = std::string(95, '0') + name[8];
  claims["tdx_report_data"] = std::string(128, '2');
  claims["tdx_td_attributes_debug"] = false;
  claims["attester_tcb_status"] = "UpToDate";
  const auto header = SgxToken().header.dump();
  const auto read =
      verify(test::signed_jwt(header, claims.dump()), test::token_time, AttestedTee::tdx);
  const auto& tdx = std::get<TdxClaims>(read.tee);
  EXPECT_EQ(tdx.mrtd, std::string(48, '\x11'));
  EXPECT_EQ(tdx.rtmr3, std::string(47, '\0') + '\x03');
  EXPECT_EQ(read.report_data, std::string(64, '\x22'));
  EXPECT_EQ(tdx.tcb_status, "UpToDate");
  EXPECT_EQ(tdx.mrowner, "");
  claims.erase("tdx_td_attributes_debug");
  EXPECT_EQ(refusal(test::signed_jwt(header, claims.dump()), test::token_time, AttestedTee::tdx),
            "its claim 'tdx_td_attributes_debug' is missing");
}

}  // namespace
}  // namespace sconectl::azure
