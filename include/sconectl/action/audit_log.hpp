// `cas verify-audit-log` and `cas get-audit-log-checkpoints` (CL-094, CL-096, CL-110, CL-111).
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/audit_verifier.hpp"

namespace sconectl::action {

struct AuditLogQuestion {
  std::vector<std::filesystem::path> files;  ///< parts of one log, oldest first
  /// The files are not parts, but the logs of CASes that share a database, at the same time.
  bool merged = false;
  /// `checkpoints` and `cas_key_hash` are filled in from the CAS, unless they are given.
  cas::AuditVerifierOptions options = {};
  std::optional<std::filesystem::path> checkpoints_json = {};  ///< instead of asking the CAS
  bool offline = false;  ///< ask nobody: a rollback is not excluded
};

/// Reads the files one part after the other. A CAS that can not be reached leaves a rollback
/// possible and is among the findings (CL-110). Throws for files that can not be read and for a CAS
/// that refuses.
[[nodiscard]] cas::AuditVerdict verify_audit_log(System& system, cas::ConfigFile& config,
                                                 AuditLogQuestion question,
                                                 const CasOptions& options);

/// All pages (CC-066).
[[nodiscard]] cas::AuditCheckpoints audit_log_checkpoints(
    System& system, cas::ConfigFile& config, const CasOptions& options, std::uint64_t least = 0,
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

}  // namespace sconectl::action
