// `sconectl cas verify-audit-log | attest-audit-log | get-audit-log-checkpoints`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/arguments.hpp"
#include "cli/attest_flags.hpp"
#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/audit_log.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

using cas::AuditFault;

std::optional<std::string> bytes_of(const char* option, const std::string& text,
                                    std::size_t bytes) {
  if (text.empty()) return std::nullopt;
  auto result = crypto::unhex(text);
  if (!result || result->size() != bytes)
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("{}: {} hex digits are expected", option, 2 * bytes));
  return result;
}

std::optional<std::string> key_hash_given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (!crypto::parse_key_hash(text))
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--cas-key-hash: '{}' is not a key hash", text));
  return text;
}

std::string_view verdict_sentence(AuditFault fault) {
  switch (fault) {
    case AuditFault::none:
      return "the audit log is correct";
    case AuditFault::failed_transaction:
      return "the audit log is correct, and holds entries of a transaction that was not stored";
    case AuditFault::recent_entries_missing:
      return "recent entries are missing";
    case AuditFault::older_entries_missing:
      return "older entries are missing";
    case AuditFault::rollback_not_excluded:
      return "a rollback is not excluded";
    case AuditFault::entries_missing:
      return "entries are missing, or the CAS was rolled back";
    case AuditFault::rolled_back:
      return "the CAS was rolled back";
    case AuditFault::other_cas:
      return "this is not the log of that CAS";
    case AuditFault::integrity:
      return "the audit log was changed";
  }
  return "";
}

nlohmann::json document_of(const cas::AuditVerdict& verdict) {
  return {{"schema", "sconectl/v1/audit-log-verdict"},
          {"code", static_cast<int>(verdict.fault)},
          {"verdict", verdict_sentence(verdict.fault)},
          {"findings", verdict.findings},
          {"more_findings", verdict.more_findings},
          {"entries", verdict.entries},
          {"bytes", verdict.bytes},
          {"duplicates", verdict.duplicates},
          {"signatures_verified", verdict.signatures_verified},
          {"first_sequence_number", verdict.first},
          {"last_sequence_number", verdict.last},
          {"last_signature", verdict.last_signature},
          {"signing_key", verdict.signing_key},
          {"cas_key_hash", verdict.cas_key_hash}};
}

/// To stderr: with -p the log itself is what is printed (CL-111).
void tell_verdict(Terminal& terminal, const cas::AuditVerdict& verdict) {
  for (const auto& finding : verdict.findings) terminal.tell(finding);
  if (verdict.more_findings > 0)
    terminal.tell(fmt::format("and {} more findings", verdict.more_findings));
  terminal.tell(fmt::format("entries {} to {} ({}), last signature {}", verdict.first, verdict.last,
                            verdict.entries, verdict.last_signature));
  if (!verdict.cas_key_hash.empty())
    terminal.tell(fmt::format("CAS key hash {}", verdict.cas_key_hash));
  terminal.tell(fmt::format("{} (status {})", verdict_sentence(verdict.fault),
                            static_cast<int>(verdict.fault)));
}

/// The options that say what the log has to be.
struct LogFlags {
  action::AuditLogQuestion question;
  std::string address, identity_file, predecessor, last, signing_key;
  bool print = false;

  void add_to(CLI::App& parser);
  [[nodiscard]] action::CasOptions cas() const;
  /// Throws Error{usage} for what is no signature or key.
  void read();
  /// Judges the log and tells it; returns the exit status.
  int judge(Invocation& invocation, cas::ConfigFile& config);
};

void LogFlags::add_to(CLI::App& parser) {
  parser.add_option("--cas", address, "The CAS (default: the default CAS)")->type_name("CAS");
  parser.add_option("--identity", identity_file, "PEM file with the key of the CAS's owner")
      ->type_name("FILE");
  parser
      .add_option("--predecessor", predecessor,
                  "Signature of the last entry of the part before (hex)")
      ->type_name("SIGNATURE");
  parser.add_option("--last", last, "Signature of the entry that must be the last one (hex)")
      ->type_name("SIGNATURE");
  parser
      .add_option("--signing-key", signing_key,
                  "Key that signs the log (hex), for a part in which no entry names it")
      ->type_name("KEY");
  parser.add_flag("--every-signature", question.options.every_signature,
                  "Verify the signature of each entry (default: those that vouch for the others)");
  parser.add_flag("-p,--print-log", print, "Print the entries");
}

action::CasOptions LogFlags::cas() const {
  action::CasOptions result;
  result.address = given(address);
  result.identity_file = given(identity_file);
  return result;
}

void LogFlags::read() {
  auto& options = question.options;
  options.predecessor = bytes_of("--predecessor", predecessor, cas::audit_signature_bytes);
  options.last = bytes_of("--last", last, cas::audit_signature_bytes);
  options.signing_key = bytes_of("--signing-key", signing_key, 32);
  options.threads = std::thread::hardware_concurrency();
}

int LogFlags::judge(Invocation& invocation, cas::ConfigFile& config) {
  auto& terminal = invocation.terminal;
  if (print && !terminal.json)
    question.options.print = [&terminal](std::string_view line) { terminal.data(line); };
  const auto verdict =
      action::verify_audit_log(invocation.system, config, std::move(question), cas());
  if (terminal.json) terminal.document(document_of(verdict));
  tell_verdict(terminal, verdict);
  return static_cast<int>(verdict.fault);
}

constexpr const char* exit_statuses =
    "Exit status 0: correct; 10: a transaction failed; 14: recent entries are missing; 15: older "
    "ones; 16: a rollback is not excluded; 17: entries are missing; 18: rolled back; 19: of "
    "another CAS; 20: changed.";

}  // namespace

int cas_verify_audit_log_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas verify-audit-log",
                fmt::format("Verify the audit log of a CAS: that it is the CAS's, unchanged and "
                            "complete, and that the CAS was never put back to an earlier state. {}",
                            exit_statuses));
  LogFlags flags;
  std::string key_hash, checkpoints;
  parser.add_option("FILE", flags.question.files, "The log; of several parts the oldest first")
      ->required();
  flags.add_to(parser);
  parser
      .add_option("-c,--cas-key-hash", key_hash,
                  "Key hash of the CAS that must have written it (default: that of --cas)")
      ->type_name("HASH");
  parser
      .add_option("--checkpoints-json", checkpoints,
                  "What 'cas get-audit-log-checkpoints' has printed, instead of asking the CAS")
      ->type_name("FILE");
  parser.add_flag("--offline", flags.question.offline,
                  "Ask nobody: a rollback is not excluded then (status 16)");
  parser.add_flag("--merge", flags.question.merged,
                  "The files are the logs of CASes that share a database: put their entries in "
                  "order first");
  parser.examples({"sconectl cas verify-audit-log audit.log",
                   "sconectl cas verify-audit-log audit.2.log audit.1.log audit.log --cas cas"});
  if (!parser.read(std::move(arguments))) return 0;
  flags.read();
  flags.question.options.cas_key_hash = key_hash_given(key_hash);
  if (!checkpoints.empty()) flags.question.checkpoints_json = checkpoints;
  cas::ConfigFile config = config_file(invocation);
  return flags.judge(invocation, config);
}

int cas_attest_audit_log_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas attest-audit-log",
      fmt::format("Make sure that a CAS can be trusted, remember it, and verify its audit "
                  "log. {}",
                  exit_statuses));
  LogFlags flags;
  AttestFlags attestation;
  std::string file;
  parser.add_option("FILE", file, "The log")->required();
  attestation.add_to(parser);
  flags.add_to(parser);
  parser.examples({"sconectl cas attest-audit-log audit.log --cas cas.example -c KEY_HASH"});
  if (!parser.read(std::move(arguments))) return 0;
  flags.read();
  attestation.warn(invocation.system);
  flags.question.files = {file};
  cas::ConfigFile config = config_file(invocation);
  const std::string address =
      flags.address.empty() ? config.load().default_cas.value_or("") : flags.address;
  if (address.empty())
    throw diag::Error(diag::ErrorKind::usage, "there is no default CAS: name one with --cas");
  const auto known = attested(invocation, config, address, attestation);
  flags.address = address;
  flags.question.options.cas_key_hash = known.cas_key_hash;
  invocation.terminal.tell(fmt::format("CAS {} at {} is trustworthy", address, known.url));
  return flags.judge(invocation, config);
}

int cas_get_audit_log_checkpoints_command(Invocation& invocation,
                                          std::vector<std::string> arguments) {
  Parser parser(invocation, "cas get-audit-log-checkpoints",
                "Print what a CAS remembers of its audit log, as JSON: for its owner, and for "
                "'cas verify-audit-log', which judges the log by it.");
  action::CasOptions options;
  std::string address, identity_file;
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  parser.add_option("--cas", address, "The CAS (default: the default CAS)")->type_name("CAS");
  parser.add_option("--identity", identity_file, "PEM file with the key of the CAS's owner")
      ->type_name("FILE");
  parser.add_option("--min-sequence-number", least, "Of entries from this one on")->type_name("N");
  parser.add_option("--max-sequence-number", most, "Of entries up to this one")->type_name("N");
  if (!parser.read(std::move(arguments))) return 0;
  options.address = given(address);
  options.identity_file = given(identity_file);
  cas::ConfigFile config = config_file(invocation);
  const auto found = action::audit_log_checkpoints(invocation.system, config, options, least, most);
  invocation.terminal.data(nlohmann::json::parse(cas::encode(found)).dump(2));
  return 0;
}

}  // namespace sconectl::cli
