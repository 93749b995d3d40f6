// Any bytes as the token of Azure Attestation that a provider really signed, as a token of
// somebody else, as the provider's set of keys, as its answer and its errors, and as its URL.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "judged.hpp"
#include "require.hpp"
#include "sconectl/azure/attestation_request.hpp"
#include "sconectl/azure/attestation_token.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/ascii.hpp"

namespace {

using namespace sconectl;

const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'704'164'645));
const std::string header =
    R"({"alg":"RS256","jku":"https://demo.wus.attest.azure.net/certs","kid":"k","typ":"JWT"})";

const azure::AttestationProvider& provider() {
  static const auto made = azure::attestation_provider("https://demo.wus.attest.azure.net");
  return made;
}

const crypto::PrivateKey& key() {
  static const auto made = crypto::PrivateKey::generate(crypto::KeyType::rsa2048);
  return made;
}

const azure::AttestationKeys& keys() {
  static const auto made = [] {
    crypto::CertificateProfile profile;
    profile.common_name = "fuzz";
    const auto certificate = crypto::issue(profile, key().public_key(), key());
    return azure::AttestationKeys::parse(R"({"keys":[{"kty":"RSA","kid":"k","x5c":[")" +
                                         crypto::base64(certificate.der()) + R"("]}]})");
  }();
  return made;
}

std::string part(std::string_view bytes) {
  return crypto::base64url(bytes, crypto::Padding::without);
}

void token(const std::string& bytes) {
  const auto text = part(header) + "." + part(bytes);
  const auto jwt = text + "." + part(key().sign(text));
  for (const auto tee :
       {azure::AttestedTee::sgx, azure::AttestedTee::tdx, azure::AttestedTee::snp}) {
    const auto theirs = fuzz::judged(
        [&] { return azure::verify_attestation_token(bytes, keys(), provider(), tee, now); });
    fuzz::require(!theirs, "nothing is genuine without the key");
    const auto own = fuzz::judged(
        [&] { return azure::verify_attestation_token(jwt, keys(), provider(), tee, now); });
    if (!own) continue;
    fuzz::require(own->report_data.size() == 64, "report data has 64 bytes", bytes);
    fuzz::require(bytes.find("https://demo.wus.attest.azure.net") != std::string::npos,
                  "the provider is the issuer", bytes);
    fuzz::require(own->ends - own->issued <= std::chrono::hours(24), "a day at most", bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  token(bytes);
  (void)fuzz::judged([&] { return azure::AttestationKeys::parse(bytes).has("k"); });
  (void)fuzz::judged([&] { return azure::token_in_answer(bytes); });
  const auto error = azure::attestation_refusal(provider(), 400, bytes);
  fuzz::require(text::is_ascii(error.text()) && error.text().size() < 1'000,
                "only what is plain is shown", error.text());
  const auto named = fuzz::judged([&] { return azure::attestation_provider(bytes); });
  fuzz::require(!named || named->url.ends_with(".attest.azure.net") ||
                    named->url.ends_with(".attest.azure.us"),
                "providers are Azure's", bytes);
  return 0;
}
