#include "action/mesh_cas.hpp"

#include <fmt/core.h>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

constexpr std::string_view embedded = "embedded";

std::string address_of(const manifest::Cas& cas, const MeshOptions& options) {
  return options.cas.value_or(cas.cas_url.text);
}

/// What services are told: the port only if it is not the default one.
std::string service_address(const cas::Address& address) {
  return address.port == cas::enclave_port ? address.bracketed_host() : address.authority();
}

MeshCas of_embedded(const System& system, const EmbeddedCas& cas) {
  MeshCas result;
  result.socket = embedded_cas_socket(system);
  result.address = cas.api;
  result.service_address = service_address(cas::parse_address(cas.enclave, cas::enclave_port));
  result.key_hash = cas.key_hash;
  return result;
}

/// A CAS may have its two interfaces at different addresses, or at ports of its own.
void set_service_address(MeshCas& result, const manifest::Cas& given, const MeshOptions& options) {
  if (options.service_cas || given.service_address) result.socket.clear();
  if (options.service_cas) {
    try {
      result.service_address =
          service_address(cas::parse_address(*options.service_cas, cas::enclave_port));
    } catch (const diag::Error& error) {
      throw diag::Error(diag::ErrorKind::usage, "--service-cas: " + error.text());
    }
    return;
  }
  if (!given.service_address) return;
  try {
    result.service_address =
        service_address(cas::parse_address(given.service_address->text, cas::enclave_port));
  } catch (const diag::Error& error) {
    throw error.within(given.service_address->at.text() + ": 'service_address'");
  }
}

/// The key that the mesh pins; nothing if it names none.
std::optional<std::string> pinned_key(const manifest::Cas& cas) {
  return cas.cas_key && !cas.cas_key->text.empty() ? std::optional(cas.cas_key->text)
                                                   : std::nullopt;
}

cas::KnownCas known_cas(System& system, cas::ConfigFile& config, const manifest::Cas& given,
                        const std::string& address, const std::optional<std::string>& key) {
  const cas::Config state = config.load();
  if (const cas::KnownCas* known = cas::find_cas(state, address);
      known != nullptr && (!key || known->cas_key_hash == *key))
    return *known;
  cas::AttestOptions options;
  if (given.tolerance) options = cas::parse_tolerance(given.tolerance->text);
  if (key) options.cas_key_hash = key;
  cas::KnownCas result =
      attest_cas(system, config, address, options, retries(system, std::nullopt));
  system.tell(fmt::format("CAS {} at {} is trustworthy", address, result.url));
  return result;
}

/// A CAS that an earlier version started has none.
void check_socket(const System& system, const MeshCas& cas, const MeshOptions& options) {
  if (options.output != MeshOutput::compose || cas.socket.empty() ||
      system.files.exists(cas.socket))
    return;
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("the embedded CAS has no socket '{}', by which containers reach "
                                "it: stop it and apply again, so that this version starts it; if "
                                "that does not help, its log says why",
                                cas.socket.string()));
}

/// The default CAS moves with the embedded one: another program may have its old port now.
void move_default(System& system, cas::ConfigFile& config, const std::string& address,
                  const cas::KnownCas& embedded_cas) {
  config.update([&](cas::Config& state) {
    if (!state.default_cas) return;
    const cas::KnownCas* known = cas::find_cas(state, *state.default_cas);
    const bool moved = known != nullptr && known->cas_key_hash == embedded_cas.cas_key_hash &&
                       known->url != embedded_cas.url;
    if (!moved) return;
    system.tell(fmt::format("the default CAS, until now {}, is {}", *state.default_cas, address));
    state.default_cas = address;
  });
}

}  // namespace

cas::ConfigFile config_file(const System& system, const MeshOptions& options) {
  std::optional<std::filesystem::path> path;
  if (options.config) path = *options.config;
  const std::string directory = system.environment.get_or("SCONECTL_CAS_CONFIG", "");
  if (!path && !directory.empty()) path = std::filesystem::path(directory) / "config.json";
  if (options.cas_config) path = *options.cas_config / "config.json";
  return {system.files, cas::config_path(system.environment, path)};
}

MeshCas recorded_cas(const System& system, const cas::ConfigFile& config,
                     const manifest::Cas& given, const MeshOptions& options) {
  const std::string address = address_of(given, options);
  MeshCas result;
  if (address == embedded) {
    result = of_embedded(system, expected_embedded_cas(system));
  } else {
    result.address = address;
    result.service_address =
        service_address(cas::parse_address(address).with_port(cas::enclave_port));
  }
  set_service_address(result, given, options);
  const cas::Config state = config.load();
  if (const cas::KnownCas* known = cas::find_cas(state, result.address)) {
    if (result.key_hash.empty()) result.key_hash = known->cas_key_hash;
    result.encryption_key = known->session_encryption_key;
  }
  if (const auto key = pinned_key(given)) result.key_hash = *key;
  if (given.cas_encryption_key) result.encryption_key = given.cas_encryption_key->text;
  return result;
}

MeshCas trusted_cas(System& system, cas::ConfigFile& config, const manifest::Cas& given,
                    const MeshOptions& options) {
  const bool is_embedded = address_of(given, options) == embedded;
  MeshCas result = is_embedded
                       ? of_embedded(system, running_embedded_cas(system, config.identity()))
                       : recorded_cas(system, config, given, options);
  set_service_address(result, given, options);
  auto key = pinned_key(given);
  // The embedded CAS told its key through its data directory, which only this user can write.
  if (is_embedded && !key) key = result.key_hash;
  const cas::KnownCas known = known_cas(system, config, given, result.address, key);
  check_socket(system, result, options);
  if (is_embedded) move_default(system, config, result.address, known);
  result.key_hash = known.cas_key_hash;
  if (given.cas_encryption_key) result.encryption_key = given.cas_encryption_key->text;
  if (result.encryption_key.empty()) result.encryption_key = known.session_encryption_key;
  return result;
}

cas::Client client_for(System& system, cas::ConfigFile& config, const MeshCas& mesh_cas) {
  CasOptions options;
  options.address = mesh_cas.address;
  return connect(system, config, options).client;
}

}  // namespace sconectl::action
