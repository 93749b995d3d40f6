// A CAS of a Kubernetes cluster by its name and namespace: `kubectl provision cas NAME -n
// NAMESPACE`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/cas/trust.hpp"

namespace sconectl::action {

struct ClusterCas {
  std::string name = "cas";
  std::string name_space = "default";
  std::optional<std::string> address;  ///< instead of NAME.NAMESPACE
  std::optional<std::uint16_t> port;   ///< instead of the address's, or 8081
};

/// The address as a mesh writes it: NAME.NAMESPACE, which is the name of the Service inside of the
/// cluster, with `:PORT` only if a port is given. Throws Error{usage} for names that Kubernetes
/// would not take.
[[nodiscard]] std::string address_of(const ClusterCas& cas);

/// The keys of the CAS at `address`: those of the state file if it knows the CAS, else it is
/// attested with `options` and remembered. Throws Error{refused} if it can not be trusted, or if
/// the state file's key is not the one that `options` demands.
[[nodiscard]] cas::KnownCas public_keys(System& system, cas::ConfigFile& config,
                                        const std::string& address,
                                        const cas::AttestOptions& options);

/// Attests the CAS now, also if the state file knows it; the key that it had must be its key still.
[[nodiscard]] cas::KnownCas attested_now(System& system, cas::ConfigFile& config,
                                         const std::string& address,
                                         const cas::AttestOptions& options);

/// Whether the CAS says, in a report that is judged as for `cas attest`, that it has an owner.
/// Remembers nothing.
[[nodiscard]] bool is_provisioned(System& system, const cas::ConfigFile& config,
                                  const std::string& address, const cas::AttestOptions& options);

}  // namespace sconectl::action
