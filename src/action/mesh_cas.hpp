// Which CAS a mesh means, and how it comes to be trusted.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/manifest/mesh.hpp"

namespace sconectl::action {

struct MeshCas {
  std::string address;          ///< for the REST API, as the user wrote it
  std::string service_address;  ///< SCONE_CAS_ADDR: host, with the port if it is not the default
  std::string key_hash;         ///< root key if known
  std::string encryption_key;   ///< session encryption key if known
  /// The socket of the embedded CAS, where services are to find that one; else empty.
  std::filesystem::path socket = {};

  friend bool operator==(const MeshCas&, const MeshCas&) = default;
};

[[nodiscard]] cas::ConfigFile config_file(const System& system, const MeshOptions& options);

/// Without contacting anything: what the mesh, the state file and the embedded CAS's directory say.
[[nodiscard]] MeshCas recorded_cas(const System& system, const cas::ConfigFile& config,
                                   const manifest::Cas& cas, const MeshOptions& options);

/// Starts the embedded CAS if the mesh means it, and attests the CAS: with `cas_key` it must have
/// that key, else `tolerance` decides. One that was attested before is only compared with
/// `cas_key`.
[[nodiscard]] MeshCas trusted_cas(System& system, cas::ConfigFile& config, const manifest::Cas& cas,
                                  const MeshOptions& options);

/// A client for it, with the identity of the state file.
[[nodiscard]] cas::Client client_for(System& system, cas::ConfigFile& config, const MeshCas& cas);

}  // namespace sconectl::action
