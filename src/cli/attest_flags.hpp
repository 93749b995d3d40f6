// The options of `sconectl cas attest` and `cas attest-audit-log` (CL-098).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/action/cas_attest.hpp"

namespace sconectl::cli {

struct AttestFlags {
  std::string positional_mrenclave;
  std::string key_hash;
  std::string software_key_hash;
  std::string mrsigner;
  std::vector<std::string> advisories;
  std::string nonce;
  std::string offline_report;
  std::string verification_time;
  int isvprodid = -1;
  int isvsvn = -1;
  int retries = -1;
  cas::AttestOptions options;

  /// All that says what a CAS must be.
  void add_to(CLI::App& parser);
  /// A report instead of a CAS.
  void add_offline_report(CLI::App& parser);
  /// Throws Error{usage} for a day that is none.
  [[nodiscard]] cas::AttestOptions finished() const;
  [[nodiscard]] std::optional<action::OfflineReport> offline() const;
  /// Says what has no effect.
  void warn(action::System& system) const;
};

/// Attests the CAS and keeps it in the state file; what is wrong is said to be one of the
/// attestation.
[[nodiscard]] cas::KnownCas attested(Invocation& invocation, cas::ConfigFile& config,
                                     const std::string& address, const AttestFlags& flags);

}  // namespace sconectl::cli
