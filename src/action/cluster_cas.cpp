#include "sconectl/action/cluster_cas.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t cluster_nonce_bytes = 32;
constexpr std::size_t longest_label = 63;

/// RFC 1123, as Kubernetes demands it of namespaces and, but for a digit in front, of Services.
void check_label(const std::string& text, std::string_view what) {
  const bool letters = std::all_of(text.begin(), text.end(), [](char c) {
    return text::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  });
  if (letters && !text.empty() && text.size() <= longest_label && text.front() != '-' &&
      text.back() != '-')
    return;
  throw diag::Error(diag::ErrorKind::usage,
                    fmt::format("'{}' can not be the {}: Kubernetes takes a to z, 0 to 9 and '-' "
                                "inside, at most {} characters",
                                text, what, longest_label));
}

/// A CAS that was trusted before keeps its key: nobody has to name it again.
cas::AttestOptions with_known_key(cas::AttestOptions options, const cas::KnownCas* known) {
  if (known != nullptr && !known->cas_key_hash.empty() && !options.cas_key_hash)
    options.cas_key_hash = known->cas_key_hash;
  return options;
}

}  // namespace

std::string address_of(const ClusterCas& cas) {
  check_label(cas.name, "name of a CAS");
  check_label(cas.name_space, "namespace");
  std::string host = cas.address.value_or(cas.name + "." + cas.name_space);
  if (!cas.port) return host;
  return cas::parse_address(host).with_port(*cas.port).authority();
}

cas::KnownCas public_keys(System& system, cas::ConfigFile& config, const std::string& address,
                          const cas::AttestOptions& options) {
  const cas::Config state = config.load();
  const cas::KnownCas* known = cas::find_cas(state, address);
  const bool complete = known != nullptr && !known->cas_key_hash.empty() &&
                        !known->session_encryption_key.empty() && !known->chain.empty();
  if (!complete) return attested_now(system, config, address, options);
  if (options.cas_key_hash && *options.cas_key_hash != known->cas_key_hash)
    throw diag::Error(diag::ErrorKind::refused,
                      fmt::format("CAS '{}' was attested with the key hash {}, but {} is demanded; "
                                  "if it was really set up anew, attest it again with the new key",
                                  address, known->cas_key_hash, *options.cas_key_hash));
  return *known;
}

cas::KnownCas attested_now(System& system, cas::ConfigFile& config, const std::string& address,
                           const cas::AttestOptions& options) {
  const cas::Config state = config.load();
  return attest_cas(system, config, address, with_known_key(options, cas::find_cas(state, address)),
                    retries(system, std::nullopt));
}

bool is_provisioned(System& system, const cas::ConfigFile& config, const std::string& address,
                    const cas::AttestOptions& options) {
  const cas::Config state = config.load();
  const cas::KnownCas* known = cas::find_cas(state, address);
  cas::Client client(
      system.http, system.clock,
      {cas::parse_address(address), cas::TrustAny{}, std::nullopt, retries(system, std::nullopt)});
  const cas::Attested attested = client.attest(crypto::random_bytes(cluster_nonce_bytes).view());
  cas::AttestOptions asked = with_known_key(options, known);
  asked.testing_allow_unprovisioned = true;  // that is the question
  (void)cas::trusted_cas(attested, asked, known, cas::JudgeEvidence{});
  return attested.report.additional_data.provisioned;
}

}  // namespace sconectl::action
