// Is this audit log what the CAS has written, all of it, and nothing else? (CC-072, CL-110)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/cas/audit_log.hpp"

namespace sconectl::cas {

/// Exit statuses of `cas verify-audit-log`. Of several, the greatest counts.
enum class AuditFault {
  none = 0,
  failed_transaction = 10,      ///< entries of a transaction that was not stored: harmless
  recent_entries_missing = 14,  ///< the CAS remembers newer ones
  older_entries_missing = 15,   ///< it does not begin with the first entry
  rollback_not_excluded = 16,   ///< there is nothing to compare it with
  entries_missing = 17,         ///< between others, or what is there belongs to another past
  rolled_back = 18,             ///< the CAS went on from an older state
  other_cas = 19,               ///< the key is not the one that was asked for
  integrity = 20,               ///< changed, or not signed
};

struct AuditVerifierOptions {
  std::optional<std::string> cas_key_hash = {};  ///< of the CAS that must have written it
  /// 32 raw bytes: for a part of a log in which no event names the key.
  std::optional<std::string> signing_key = {};
  /// What the CAS remembered before the log was read. Nothing: a rollback can not be excluded.
  std::optional<AuditCheckpoints> checkpoints = {};
  /// Raw signature of the last entry of the part before (CC-073).
  std::optional<std::string> predecessor = {};
  /// Raw signature of the entry that must be the last one; newer ones are not missed then.
  std::optional<std::string> last = {};
  /// Each signature, not only those that vouch for the entries before them.
  bool every_signature = false;
  std::size_t threads = 1;
  /// Gets each line that is read, before it is judged.
  std::function<void(std::string_view line)> print = {};
};

struct AuditVerdict {
  AuditFault fault = AuditFault::none;
  /// What was found, one sentence each, in the order of the log; the first hundred.
  std::vector<std::string> findings;
  std::size_t more_findings = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t signatures_verified = 0;
  std::uint64_t duplicates = 0;       ///< the same entry once more, as a repeated delivery makes it
  std::uint64_t first = 0, last = 0;  ///< sequence numbers; 0: there is no entry
  std::string last_signature;         ///< hex: `predecessor` of the next part
  std::string signing_key;            ///< hex, or "" if it is not known
  std::string cas_key_hash;           ///< of the chain in the log, or "" if there was none
};

/// Takes the bytes of a log one part after the other; needs memory for a few megabytes of it,
/// however long it is. Every entry holds the digest of the one before, so a signature vouches for
/// all entries before it: by default one of 250 is verified, and the last one before each break.
class AuditVerifier {
 public:
  explicit AuditVerifier(AuditVerifierOptions options);
  ~AuditVerifier();
  AuditVerifier(const AuditVerifier&) = delete;
  AuditVerifier& operator=(const AuditVerifier&) = delete;

  void add(std::string_view bytes);
  /// A file ends here: what is left without a line end was not written completely.
  void end_of_file();
  /// `now`: what the CAS remembers after the log was read; a log that is ahead of it was rolled
  /// back.
  [[nodiscard]] AuditVerdict finish(const std::optional<AuditCheckpoints>& now = {});

 private:
  class Chain;
  void judge_lines();

  AuditVerifierOptions options_;
  std::string buffer_;  ///< not judged yet
  std::unique_ptr<Chain> chain_;
};

}  // namespace sconectl::cas
