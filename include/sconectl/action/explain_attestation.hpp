// `session explain-attestation`: would this session accept this evidence for a service, and if not,
// why.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sconectl/action/quote.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/attest/demands.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::action {

struct AttestationQuestion {
  std::string service;
  std::filesystem::path evidence;
  std::filesystem::path collateral;  ///< as of `quote verify`
  attest::VerificationOptions options;
};

struct AttestationAnswer {
  /// Nothing of it: a CAS gives the service its configuration, if the evidence is about the
  /// request.
  std::vector<attest::Objection> objections = {};
  bool looks_at_evidence = true;  ///< false: `mode: none`
  /// Who is asked besides, and was not (`mode: maa`); "": nobody.
  std::string attester = {};
};

/// Judges as a CAS does, but for the report data. Throws Error{not_found} for a service that is not
/// there, Error{invalid} for demands that stand in secrets,
/// whose values only a CAS knows, and Error{refused} that names the check for what is not genuine.
[[nodiscard]] AttestationAnswer explain_attestation(System& system, const session::Session& session,
                                                    const AttestationQuestion& question);

}  // namespace sconectl::action
