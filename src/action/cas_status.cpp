#include "sconectl/action/cas_status.hpp"

#include <fmt/chrono.h>

#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t status_nonce_bytes = 32;
constexpr std::chrono::seconds most_clock_difference{60};

crypto::Time seconds_now(const System& system) {
  return std::chrono::time_point_cast<std::chrono::seconds>(system.clock.now());
}

void add_certificates(const std::string& pem, CasStatus& status) {
  for (const auto& certificate : crypto::certificates_from_pem(pem))
    status.certificates.push_back({certificate.common_name(), certificate.not_after()});
}

std::string day(crypto::Time time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(time.time_since_epoch().count()));
}

void add_health_problems(const cas::Health& health, std::vector<std::string>& problems) {
  if (!health.provisioned)
    problems.emplace_back("it has no owner and serves nobody: 'sconectl cas provision'");
  if (!health.database_writable)
    problems.emplace_back(
        "its database can not be written (disk full, or damaged): its log says why");
  const auto& audit = health.audit_log_state;
  if (audit == "failing")
    problems.emplace_back("no file and no server takes entries of its audit log");
  if (audit == "degraded")
    problems.emplace_back("a file or server does not take entries of its audit log");
  if (health.audit_log_lost > 0)
    problems.push_back(fmt::format("{} entries of its audit log are lost for a file or server",
                                   health.audit_log_lost));
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
  add_health_problems(status.health, problems);
  for (const auto& [name, expires] : status.certificates) {
    if (expires <= now)
      problems.push_back(fmt::format("its certificate '{}' has expired on {}", name, day(expires)));
    else if (expires <= now + certificates_left)
      problems.push_back(fmt::format("its certificate '{}' expires on {}", name, day(expires)));
  }
  if (status.clock_ahead && std::chrono::abs(*status.clock_ahead) > most_clock_difference)
    problems.push_back(fmt::format(
        "its clock is {} s {} ours: certificates, leases and one-time passwords depend on it",
        std::chrono::abs(*status.clock_ahead).count(),
        status.clock_ahead->count() > 0 ? "ahead of" : "behind"));
  return problems;
}

}  // namespace sconectl::action
