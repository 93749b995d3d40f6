// A verdict against what a session tolerates.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/session/security.hpp"

namespace sconectl::attest {

/// `tolerate` and `ignore_advisories` of a session's attestation section (SL-298).
struct Tolerances {
  std::set<session::Tolerance> words;
  std::set<std::string> advisories;  ///< "INTEL-SA-00615"; "*" counts only with debug-mode
};

/// A reason not to accept it.
struct Objection {
  std::string text;
  /// What of a session would make it acceptable; both empty: nothing.
  std::vector<session::Tolerance> words;
  std::vector<std::string> advisories;
  /// Another variant of the service's `attestation` would make it acceptable.
  bool of_variant = false;
  /// Named in the service's `platforms`, this would be acceptable; "": nothing to name.
  std::string platform = {};

  [[nodiscard]] bool can_be_tolerated() const { return !words.empty() || !advisories.empty(); }
};

/// All reasons why the verdict is not acceptable; none: it is. A category of the platform's status
/// needs its word, and each advisory needs its own (EV-013). What is revoked, not supported, not
/// current or not judged in full is never accepted.
[[nodiscard]] std::vector<Objection> objections(const Verdict& verdict,
                                                const Tolerances& tolerated);

/// The same for an SNP guest: its status, `debug-mode` and `hyperthreading`, if its policy allows
/// them; the other words mean nothing (XA-012, EV-022).
[[nodiscard]] std::vector<Objection> objections(const SnpVerdict& verdict,
                                                const Tolerances& tolerated);

}  // namespace sconectl::attest
