#include "sconectl/azure/attestation_service.hpp"

#include <fmt/format.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::chrono::hours keys_count{1};
/// A key that is not known is looked for at most once in this time.
constexpr std::chrono::seconds between_looks{60};
constexpr std::size_t largest_reply = std::size_t{256} << 10U;

host::Tls tls_for(const AttestationProvider& provider, const host::ServerTrust& trust) {
  if (std::holds_alternative<host::Unverified>(trust))
    throw Error(
        ErrorKind::invalid,
        fmt::format("the server of {} has to be verified before it is asked", provider.url));
  host::Tls tls;
  tls.trust = trust;
  if (auto* chain = std::get_if<host::ChainTo>(&tls.trust))
    chain->host_name = host::HostName::compared;
  return tls;
}

/// The same trust has the same digest.
std::string trust_digest(const host::ServerTrust& trust) {
  const auto* chain = std::get_if<host::ChainTo>(&trust);
  if (chain == nullptr) return "system";
  std::string all;
  for (const auto& root : chain->roots) all += crypto::view(crypto::sha256(root));
  return crypto::hex(crypto::view(crypto::sha256(all)));
}

std::string asked_of(const AttestationProvider& provider) {
  return "the attestation provider " + provider.url;
}

/// Reads an answer; one that can not be read is none.
template <typename Read>
auto read_reply(const AttestationProvider& provider, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(ErrorKind::unavailable, fmt::format("{} does not answer as it should: {}",
                                                    asked_of(provider), error.text()));
  }
}

std::string token_for(host::Http& http, host::Clock& clock, const AttestationProvider& provider,
                      const host::Tls& tls, const AttestationEvidence& evidence,
                      const Deadline& deadline) {
  auto [target, body] = attestation_request(evidence);
  host::HttpRequest request;
  request.method = "POST";
  request.url = provider.url + target;
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = std::move(body);
  request.response_limit = largest_reply;
  const auto response =
      send_in_time(http, clock, std::move(request), asked_of(provider), deadline, tls);
  if (response.status != 200) throw attestation_refusal(provider, response.status, response.body);
  return read_reply(provider, [&] { return token_in_answer(response.body); });
}

AttestationKeys fetched_keys(host::Http& http, host::Clock& clock,
                             const AttestationProvider& provider, const host::Tls& tls,
                             const Deadline& deadline) {
  host::HttpRequest request;
  request.url = provider.url + "/certs";
  request.headers = {{"Accept", "application/json"}};
  request.response_limit = largest_reply;
  const auto response =
      send_in_time(http, clock, std::move(request), asked_of(provider), deadline, tls);
  return read_reply(provider, [&] {
    if (response.status != 200)
      throw Error(ErrorKind::unavailable,
                  fmt::format("it gives its keys with status {}", response.status));
    return AttestationKeys::parse(response.body);
  });
}

/// The token is about what was sent (azure.md 3.5, 9 and 10).
void require_same(const AttestationProvider& provider, const AttestationEvidence& evidence,
                  const AttestationClaims& claims) {
  const auto differs = [&](std::string_view what) {
    throw Error(ErrorKind::refused,
                fmt::format("the attestation token of {} is refused: {}", provider.url, what));
  };
  if (claims.report_data != evidence.report_data)
    differs("its report data is not that of the evidence that was sent");
  if (claims.nonce) differs("it has a nonce, and none was sent");
  const auto* sgx = std::get_if<SgxClaims>(&claims.tee);
  if (sgx == nullptr) return;
  if (sgx->quote_hash != crypto::view(crypto::sha256(evidence.quote)))
    differs("it is about another quote (quotehash) than the one that was sent");
  if (sgx->runtime_data != evidence.runtime_data)
    differs("its runtime data (x-ms-sgx-ehd) is not what was sent");
}

}  // namespace

AttestationClaims AttestationServices::attest(const AttestationProvider& provider,
                                              const host::ServerTrust& trust,
                                              const AttestationEvidence& evidence,
                                              const Deadline& deadline) {
  const auto tls = tls_for(provider, trust);
  const auto token = token_for(http_, clock_, provider, tls, evidence, deadline);
  const auto kid = attestation_token_kid(token, provider);
  const auto known = keys_with(kid, provider, tls, deadline);
  auto claims = verify_attestation_token(token, known->set, provider, evidence.tee, clock_.now());
  require_same(provider, evidence, claims);
  return claims;
}

AttestationServices::KeysPtr AttestationServices::keys(const AttestationProvider& provider,
                                                       const host::Tls& tls,
                                                       const Deadline& deadline) {
  const auto fetch = [&] {
    auto set = fetched_keys(http_, clock_, provider, tls, deadline);
    const auto now = clock_.steady();
    return SharedAnswers<Keys>::Fetched{{std::move(set), now}, now + keys_count};
  };
  return keys_
      .ask(
          provider.url + '\n' + trust_digest(tls.trust), [this] { return clock_.steady(); }, fetch,
          [](const std::function<void()>& work) { work(); })
      .get();
}

/// Keys are replaced now and then: one that is not known is looked for once more.
AttestationServices::KeysPtr AttestationServices::keys_with(std::string_view kid,
                                                            const AttestationProvider& provider,
                                                            const host::Tls& tls,
                                                            const Deadline& deadline) {
  auto known = keys(provider, tls, deadline);
  if (known->set.has(kid) || clock_.steady() - known->fetched < between_looks) return known;
  keys_.forget(known);
  return keys(provider, tls, deadline);
}

}  // namespace sconectl::azure
