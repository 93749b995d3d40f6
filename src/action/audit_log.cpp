#include "sconectl/action/audit_log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "action/merged_audit_logs.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {

namespace {

/// What the CAS says, as far as it can be asked.
class CheckpointSource {
 public:
  CheckpointSource(System& system, cas::ConfigFile& config, AuditLogQuestion& question,
                   const CasOptions& options) {
    if (question.checkpoints_json) {
      question.options.checkpoints = cas::decode_audit_checkpoints(
          system.files.read(*question.checkpoints_json, std::size_t{32} << 20U));
      return;
    }
    if (question.offline) return;
    connection_.emplace(connect(system, config, options));
    if (!question.options.cas_key_hash && !connection_->known.cas_key_hash.empty())
      question.options.cas_key_hash = connection_->known.cas_key_hash;
    try {
      question.options.checkpoints = connection_->client.audit_checkpoints();
    } catch (const diag::Error& error) {
      note_unreachable(error);
    }
  }

  /// Now that the log was read.
  [[nodiscard]] std::optional<cas::AuditCheckpoints> newest() {
    if (!connection_ || unreachable_) return std::nullopt;
    try {
      return connection_->client.newest_audit_checkpoint();
    } catch (const diag::Error& error) {
      note_unreachable(error);
      return std::nullopt;
    }
  }

  [[nodiscard]] const std::optional<std::string>& unreachable() const { return unreachable_; }

 private:
  void note_unreachable(const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::refused) {
      auto causes = error.causes();
      causes.emplace_back("'--offline' judges the log without asking the CAS");
      throw diag::Error(error.kind(), error.text(), std::move(causes));
    }
    if (error.kind() != diag::ErrorKind::unavailable) throw error;
    unreachable_ = error.text();
  }

  std::optional<Connection> connection_;
  std::optional<std::string> unreachable_;
};

}  // namespace

cas::AuditVerdict verify_audit_log(System& system, cas::ConfigFile& config,
                                   AuditLogQuestion question, const CasOptions& options) {
  CheckpointSource source(system, config, question, options);
  cas::AuditVerifier verifier(std::move(question.options));
  if (question.merged) {
    merge_audit_logs(question.files, [&](std::string_view line) { verifier.add(line); });
    verifier.end_of_file();
  } else {
    for (const auto& file : question.files) {
      system.files.read_in_parts(file, [&](std::string_view part) { verifier.add(part); });
      verifier.end_of_file();
    }
  }
  const auto newest = source.newest();
  auto verdict = verifier.finish(newest);
  if (source.unreachable()) {
    verdict.fault = std::max(verdict.fault, cas::AuditFault::rollback_not_excluded);
    verdict.findings.push_back(fmt::format("the CAS was not asked: {}", *source.unreachable()));
  }
  return verdict;
}

cas::AuditCheckpoints audit_log_checkpoints(System& system, cas::ConfigFile& config,
                                            const CasOptions& options, std::uint64_t least,
                                            std::uint64_t most) {
  return connect(system, config, options).client.audit_checkpoints(least, most);
}

}  // namespace sconectl::action
