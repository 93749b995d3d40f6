// Tokens and key sets as a provider of Azure Attestation makes them, with a key of the tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/azure/attestation_provider.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::test {

using Json = nlohmann::json;

/// FixedClock begins then, too.
inline constexpr std::int64_t token_time = 1704164645;
inline constexpr const char* token_kid = "XxRc2+/h1E5FrsNawnRH3PzuFgqg3q7NvCdnjoJHBGE=";

inline std::string read_vector(const std::string& name) {
  std::ifstream file(corpus("../vectors/azure") / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline azure::AttestationProvider provider_of_tests() {
  return azure::attestation_provider("https://demo.wus.attest.azure.net");
}

/// One for all tests: making it takes a while.
inline const crypto::PrivateKey& token_key() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
  return key;
}

inline Json jwk_of(const crypto::PrivateKey& key, const std::string& kid = token_kid) {
  crypto::CertificateProfile profile;
  profile.common_name = "https://demo.wus.attest.azure.net";
  const auto certificate = crypto::issue(profile, key.public_key(), key);
  return {{"x5c", {crypto::base64(certificate.der())}}, {"kid", kid}, {"kty", "RSA"}};
}

inline std::string key_set_of(const std::vector<Json>& keys) {
  return Json{{"keys", keys}}.dump();
}

inline std::string jwt_part(std::string_view bytes) {
  return crypto::base64url(bytes, crypto::Padding::without);
}

inline std::string hash_of(std::string_view bytes) {
  return std::string(crypto::view(crypto::sha256(bytes)));
}

inline std::string signed_jwt(const std::string& header, const std::string& claims,
                              const crypto::PrivateKey& key = token_key()) {
  const auto text = jwt_part(header) + "." + jwt_part(claims);
  return text + "." + jwt_part(key.sign(text));
}

/// A token about a quote, which is all right until a test changes a member.
struct SgxToken {
  explicit SgxToken(const std::string& quote = "quote",
                    const std::string& report_data = std::string(64, 'r')) {
    claims["x-ms-sgx-report-data"] = crypto::hex(report_data);
    claims["x-ms-sgx-collateral"]["quotehash"] = crypto::hex(hash_of(quote));
  }
  [[nodiscard]] std::string jwt(const crypto::PrivateKey& key = token_key()) const {
    return signed_jwt(header.dump(), claims.dump(), key);
  }

  Json header{{"alg", "RS256"},
              {"jku", "https://demo.wus.attest.azure.net/certs"},
              {"kid", token_kid},
              {"typ", "JWT"}};
  Json claims{{"iss", "https://demo.wus.attest.azure.net"},
              {"iat", token_time},
              {"nbf", token_time},
              {"exp", token_time + 28800},
              {"x-ms-ver", "1.0"},
              {"x-ms-attestation-type", "sgx"},
              {"x-ms-sgx-mrenclave", std::string(64, 'a')},
              {"x-ms-sgx-mrsigner", std::string(64, 'b')},
              {"x-ms-sgx-product-id", 7},
              {"x-ms-sgx-svn", 65535},
              {"x-ms-sgx-is-debuggable", false}};
};

inline std::chrono::system_clock::time_point time_at(std::int64_t second) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(second));
}

/// What is wrong, after what every refusal says.
template <typename Verify>
[[nodiscard]] std::string token_refusal(const std::string& url, Verify verify_it) {
  try {
    (void)verify_it();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    const auto begin = "the attestation token of " + url + " is refused: ";
    EXPECT_THAT(error.text(), testing::StartsWith(begin));
    return error.text().substr(std::min(begin.size(), error.text().size()));
  }
  return "";
}

}  // namespace sconectl::test
