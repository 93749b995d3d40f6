// What the owner of a CAS does: `cas provision`, `cas update-config` (CL-090, CL-091).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::action {

struct ProvisionOptions {
  std::string address;
  cas::AttestOptions attestation;  ///< `cas_key_hash` is there: the key of the CAS's log
  crypto::Secret token;            ///< 16 bytes
  std::string config_file;         ///< of the owner; TOML, JSON or YAML
  std::optional<std::string> identity_file;
  std::optional<int> retries;
  bool attest = true;  ///< false: only the key is compared
};

struct Provisioned {
  cas::KnownCas known;
  std::string owner;  ///< key hash
};

/// Reads and checks the configuration, makes sure that the CAS is the one whose key is named,
/// provisions it, and keeps it in the state file. Before that, nothing changes anywhere. Throws
/// Error{invalid} with all mistakes of the file, {refused} for another CAS or a wrong token,
/// {conflict} for one that has an owner.
Provisioned provision_cas(System& system, cas::ConfigFile& config, const ProvisionOptions& options);

/// Replaces the owner's configuration of an attested CAS; returns its address.
std::string update_cas_config(System& system, cas::ConfigFile& config, const CasOptions& cas,
                              const std::string& config_file);

struct RotatedKeys {
  std::string address;
  cas::KnownCas known;  ///< as it is now
};

/// Has a CAS make keys anew, as its owner, and keeps the new ones in the state file.
/// Error{conflict} if somebody else did so at the same moment.
RotatedKeys rotate_cas_keys(System& system, cas::ConfigFile& config, const CasOptions& cas,
                            const cas::KeyRotation& rotation);

}  // namespace sconectl::action
