#include "sconectl/action/cas_status.hpp"

#include "action/cas_findings.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t status_nonce_bytes = 32;

crypto::Time seconds_now(const System& system) {
  return std::chrono::time_point_cast<std::chrono::seconds>(system.clock.now());
}

void add_certificates(const std::string& pem, CasStatus& status) {
  for (const auto& certificate : crypto::certificates_from_pem(pem))
    status.certificates.push_back({certificate.common_name(), certificate.not_after()});
}

}  // namespace

CasStatus cas_status(System& system, cas::ConfigFile& config, const CasOptions& options) {
  auto connection = connect(system, config, options, false);
  CasStatus status;
  status.address = connection.address;
  status.url = connection.known.url;
  status.key_hash = connection.known.cas_key_hash;
  status.attestation = connection.known.attestation;
  status.version = connection.client.version();
  status.health = connection.client.health();
  if (status.health.time) status.clock_ahead = *status.health.time - seconds_now(system);
  const auto attested = connection.client.attest(crypto::random_bytes(status_nonce_bytes).view());
  status.url = attested.url;
  const auto& said = attested.report.additional_data;
  if (said.owner_certificate_chain) {
    const auto chain = crypto::certificates_from_pem(*said.owner_certificate_chain);
    if (!chain.empty()) status.owner = crypto::key_hash(chain.front().public_key());
  }
  if (!attested.peer_chain.empty()) {
    status.certificates.push_back(
        {"server", crypto::Certificate::from_pem(attested.peer_chain.front()).not_after()});
  }
  add_certificates(said.cert_chain, status);
  return status;
}

std::vector<std::string> problems_of(const CasStatus& status, crypto::Time now,
                                     std::chrono::hours certificates_left) {
  std::vector<std::string> problems;
  for (const auto& finding : findings_of(status, now, certificates_left))
    if (finding.health != Health::ok)
      problems.push_back(finding.fix.empty() ? finding.text : finding.text + ": " + finding.fix);
  return problems;
}

}  // namespace sconectl::action
