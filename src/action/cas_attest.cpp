#include "sconectl/action/cas_attest.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t nonce_bytes = 32;
constexpr std::size_t least_nonce_bytes = 16;
constexpr std::size_t report_limit = std::size_t{4} << 20U;
constexpr int default_retries = 3;

/// Without a connection the report speaks for itself: its software certificate stands for the peer.
cas::Attested read_report(System& system, const cas::Address& address,
                          const OfflineReport& offline) {
  const auto nonce = crypto::unhex(offline.nonce);
  if (!nonce || nonce->size() < least_nonce_bytes)
    throw diag::Error(diag::ErrorKind::usage, "--nonce is at least 16 bytes in hex");
  cas::Attested attested;
  try {
    attested.report = cas::decode_attestation_report(system.files.read(offline.file, report_limit));
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("report '{}'", offline.file));
  }
  attested.nonce = *nonce;
  attested.url = cas::url(address);
  for (const auto& certificate :
       crypto::certificates_from_pem(attested.report.additional_data.cert_chain))
    attested.peer_chain.push_back(certificate.pem());
  return attested;
}

}  // namespace

cas::KnownCas attest_cas(System& system, cas::ConfigFile& config, const std::string& address,
                         const cas::AttestOptions& options, int retry_count,
                         const std::optional<OfflineReport>& offline) {
  cas::check_options(options);
  const cas::Address where = cas::parse_address(address);
  cas::Client client(system.http, system.clock,
                     {where, cas::TrustAny{}, std::nullopt, retry_count});
  const cas::Attested attested = offline ? read_report(system, where, *offline)
                                         : client.attest(crypto::random_bytes(nonce_bytes).view());
  cas::KnownCas result;
  config.update([&](cas::Config& state) {
    const auto before = state.cas_db.find(address);
    result = cas::trusted_cas(attested, options,
                              before == state.cas_db.end() ? nullptr : &before->second,
                              cas::JudgeEvidence{});
    state.cas_db.insert_or_assign(address, result);
    if (!state.default_cas) state.default_cas = address;
  });
  return result;
}

int retries(const System& system, const std::optional<int>& option) {
  if (option) return *option;
  const std::string text = system.environment.get_or("SCONE_CLI_RETRIES", "");
  if (text.empty()) return default_retries;
  const auto result = text::number<int>(text);
  if (!result || *result < 0)
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("SCONE_CLI_RETRIES must be a number, not '{}'", text));
  return *result;
}

cas::Identity identity(System& system, cas::ConfigFile& config, const CasOptions& options) {
  if (!options.identity_file) return config.identity();
  std::string pem = system.files.read(*options.identity_file, std::size_t{1} << 20U);
  try {
    auto result = cas::parse_identity(pem);
    crypto::wipe(pem);
    return result;
  } catch (const diag::Error& error) {
    crypto::wipe(pem);
    throw error.within(fmt::format("identity file '{}'", *options.identity_file));
  }
}

Connection connect(System& system, cas::ConfigFile& config, const CasOptions& options,
                   bool with_identity) {
  cas::Peer peer;
  peer.retries = retries(system, options.retries);
  peer.patience = options.patience;
  Connection result{cas::Client(system.http, system.clock, peer), "", {}};
  const cas::Config state = config.load();
  if (options.disable_verification || options.key_hash) {
    result.address = options.address ? *options.address : state.default_cas.value_or("");
    if (result.address.empty()) (void)cas::chosen_cas(state, std::nullopt);
    if (options.disable_verification) {
      system.warn({diag::Severity::warning,
                   {},
                   fmt::format("the identity of CAS '{}' is not verified", result.address)});
      peer.trust = cas::TrustAny{};
    } else {
      peer.trust = cas::PinnedKey{*options.key_hash};
    }
    peer.address = cas::parse_address(result.address);
  } else {
    const cas::ChosenCas chosen = cas::chosen_cas(state, options.address);
    result.address = chosen.address;
    result.known = chosen.known;
    peer.trust = chosen.known;
    peer.address = cas::parse_address(chosen.known.url);
  }
  if (with_identity) peer.identity = identity(system, config, options);
  result.client = cas::Client(system.http, system.clock, peer);
  return result;
}

}  // namespace sconectl::action
