// How a CAS is: for people who operate it, and for monitors.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::action {

/// A certificate of the CAS: "server", "cas-instance" or "cas".
struct CasCertificate {
  std::string name;
  crypto::Time expires;
};

struct CasStatus {
  std::string address;      ///< as typed
  std::string url;          ///< "https://host:port/"
  std::string key_hash;     ///< of the CAS, which the connection has proved
  std::string attestation;  ///< how it came to be trusted, JSON text; "" if unknown
  cas::Version version;
  cas::Health health;
  std::optional<std::string> owner;  ///< key hash; nothing: nobody
  std::vector<CasCertificate> certificates;
  /// How far its clock is ahead of ours; nothing if it does not tell its time.
  std::optional<std::chrono::seconds> clock_ahead;
};

/// Asks it. Errors are those of cas::Client.
[[nodiscard]] CasStatus cas_status(System& system, cas::ConfigFile& config,
                                   const CasOptions& options);

/// What somebody should do something about, each a sentence; none: all is well. `certificates_left`
/// is how long before its end a certificate is one of them.
[[nodiscard]] std::vector<std::string> problems_of(const CasStatus& status, crypto::Time now,
                                                   std::chrono::hours certificates_left);

}  // namespace sconectl::action
