#include "sconectl/action/cas_owner.hpp"

#include <fmt/core.h>

#include "sconectl/cas/owner_config.hpp"
#include "sconectl/cas/wire_owner.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t owner_nonce_bytes = 32;
constexpr std::size_t largest_owner_config = std::size_t{1} << 20U;

/// As the CAS takes it. Its mistakes are told with the places of the file, before anything is sent.
crypto::Secret checked_config(System& system, const std::string& file) {
  diag::Diagnostics warnings;
  const auto config =
      cas::parse_owner_config(file, system.files.read(file, largest_owner_config), warnings);
  for (const auto& warning : warnings.warnings()) system.warn(warning);
  return cas::encode(config);
}

/// Without an owner it is not trusted for anything else yet.
void judge_before(System& system, const cas::ConfigFile& config, const ProvisionOptions& options,
                  const cas::Address& where, int retry_count) {
  cas::Client client(system.http, system.clock,
                     {where, cas::TrustAny{}, std::nullopt, retry_count});
  const auto attested = client.attest(crypto::random_bytes(owner_nonce_bytes).view());
  cas::AttestOptions asked = options.attestation;
  asked.testing_allow_unprovisioned = true;
  const cas::Config state = config.load();
  (void)cas::trusted_cas(attested, asked, cas::find_cas(state, options.address),
                         cas::JudgeEvidence{});
}

}  // namespace

Provisioned provision_cas(System& system, cas::ConfigFile& config,
                          const ProvisionOptions& options) {
  cas::check_options(options.attestation);
  const cas::Address where = cas::parse_address(options.address);
  const int retry_count = retries(system, options.retries);
  cas::ProvisionRequest request{options.token.clone(), checked_config(system, options.config_file)};
  CasOptions as_owner;
  as_owner.identity_file = options.identity_file;
  if (options.attest) judge_before(system, config, options, where, retry_count);
  // A second attempt would meet the owner that the first one has made.
  cas::Client client(system.http, system.clock,
                     {where, cas::PinnedKey{*options.attestation.cas_key_hash},
                      identity(system, config, as_owner), 0});
  Provisioned result;
  result.owner = client.provision(request).owner;
  result.known = attest_cas(system, config, options.address, options.attestation, retry_count);
  return result;
}

std::string update_cas_config(System& system, cas::ConfigFile& config, const CasOptions& cas,
                              const std::string& config_file) {
  const auto text = checked_config(system, config_file);
  auto connection = connect(system, config, cas);
  (void)connection.client.replace_config(text);
  return connection.address;
}

RotatedKeys rotate_cas_keys(System& system, cas::ConfigFile& config, const CasOptions& cas,
                            const cas::KeyRotation& rotation) {
  auto connection = connect(system, config, cas);
  // Who has said it is the CAS that was trusted before.
  cas::AttestOptions now;
  now.cas_key_hash = connection.client.rotate_keys(rotation).cas_key_hash;
  return {connection.address,
          attest_cas(system, config, connection.address, now, retries(system, cas.retries))};
}

}  // namespace sconectl::action
