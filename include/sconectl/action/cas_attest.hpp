// `cas attest`, and how every other use case finds the CAS it talks to.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/cas/trust.hpp"

namespace sconectl::action {

/// A report that was fetched at another time, perhaps by somebody else (`--offline-report`).
struct OfflineReport {
  std::string file;
  std::string nonce;  ///< hex, at least 16 bytes: what it was asked with
};

/// Attests the CAS at `address` and keeps it in the state file under that text; the first one
/// becomes the default (CL-101). With an offline report the CAS is not contacted. Throws
/// Error{refused} with what would make it acceptable.
cas::KnownCas attest_cas(System& system, cas::ConfigFile& config, const std::string& address,
                         const cas::AttestOptions& options, int retries,
                         const std::optional<OfflineReport>& offline = std::nullopt);

/// How a command reaches its CAS (CL-012 ... CL-017).
struct CasOptions {
  std::optional<std::string> address;        ///< -c/--cas; else the default of the state file
  std::optional<std::string> identity_file;  ///< --identity
  std::optional<std::string> key_hash;       ///< --cas-key: this key and no other
  std::optional<int> retries;                ///< else SCONE_CLI_RETRIES, else 3
  bool disable_verification = false;  ///< --only_for_testing-disable-attestation-verification
  /// For the connection, and again for the answer; absent: those of host::HttpRequest.
  std::optional<std::chrono::milliseconds> patience = std::nullopt;
};

/// The identity of --identity, else the one of the state file, which is made on first need.
[[nodiscard]] cas::Identity identity(System& system, cas::ConfigFile& config,
                                     const CasOptions& options);

struct Connection {
  cas::Client client;
  std::string address;  ///< as typed
  cas::KnownCas known;  ///< empty without verification
};
[[nodiscard]] Connection connect(System& system, cas::ConfigFile& config, const CasOptions& options,
                                 bool with_identity = true);

[[nodiscard]] int retries(const System& system, const std::optional<int>& option);

}  // namespace sconectl::action
