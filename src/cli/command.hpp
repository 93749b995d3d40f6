// How a command is declared, and what it is given.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::cli {

/// One run of the program.
struct Invocation {
  action::System& system;
  Terminal& terminal;
  /// Global -c/--config FILE (CL-001).
  std::optional<std::string> config;
  /// What --help prints instead of the help: a manual page (`sconectl manual`).
  std::string (*page)(const CLI::App& command) = nullptr;
};

/// A row of the table of commands: `words` is what the user types ("session create").
struct Command {
  std::string_view words;
  std::string_view purpose;
  /// Arguments without the words; returns the exit status.
  int (*run)(Invocation& invocation, std::vector<std::string> arguments);
  bool hidden = false;
};

/// The table, in the order of `--help`.
[[nodiscard]] std::span<const Command> commands();

/// An App with the options that every command has: --json, -q, -v and --help. `words` is the
/// command, for the usage line.
class Parser : public CLI::App {
 public:
  Parser(Invocation& invocation, std::string_view words, std::string_view purpose,
         std::string_view help_flags = "-h,--help");

  /// False if help was asked for and printed. Throws Error{usage}: one line, with the nearest flag.
  [[nodiscard]] bool read(std::vector<std::string> arguments);
  /// A footer with examples, each a command line.
  void examples(std::initializer_list<std::string_view> lines);

 private:
  [[nodiscard]] std::string suggestion(const std::string& argument) const;
  /// What was not expected, in the order in which it was given.
  [[nodiscard]] std::string left_over(const std::vector<std::string>& given) const;
  Invocation& invocation_;
};

// One function per command, in src/cli/<first word>_*.cpp.
int apply_command(Invocation& invocation, std::vector<std::string> arguments);
int check_command(Invocation& invocation, std::vector<std::string> arguments);
int controller_command(Invocation& invocation, std::vector<std::string> arguments);
int doctor_command(Invocation& invocation, std::vector<std::string> arguments);
int session_explain_attestation_command(Invocation& invocation, std::vector<std::string> arguments);
int quote_show_command(Invocation& invocation, std::vector<std::string> arguments);
int quote_verify_command(Invocation& invocation, std::vector<std::string> arguments);
int image_diff_command(Invocation& invocation, std::vector<std::string> arguments);
int image_rebase_command(Invocation& invocation, std::vector<std::string> arguments);
int image_sign_command(Invocation& invocation, std::vector<std::string> arguments);
int image_verify_command(Invocation& invocation, std::vector<std::string> arguments);
int image_generate_key_pair_command(Invocation& invocation, std::vector<std::string> arguments);
int resolve_command(Invocation& invocation, std::vector<std::string> arguments);
int collateral_fetch_command(Invocation& invocation, std::vector<std::string> arguments);
int collateral_show_command(Invocation& invocation, std::vector<std::string> arguments);
int collateral_check_command(Invocation& invocation, std::vector<std::string> arguments);
int signer_info_command(Invocation& invocation, std::vector<std::string> arguments);
int files_record_command(Invocation& invocation, std::vector<std::string> arguments);
int files_snapshot_command(Invocation& invocation, std::vector<std::string> arguments);
int signer_measure_command(Invocation& invocation, std::vector<std::string> arguments);
int signer_sign_command(Invocation& invocation, std::vector<std::string> arguments);
int rollout_status_command(Invocation& invocation, std::vector<std::string> arguments);
int rollout_finish_command(Invocation& invocation, std::vector<std::string> arguments);
int run_command(Invocation& invocation, std::vector<std::string> arguments);
int platform_chart_command(Invocation& invocation, std::vector<std::string> arguments);
int platform_image_command(Invocation& invocation, std::vector<std::string> arguments);
int pod_ready_command(Invocation& invocation, std::vector<std::string> arguments);
int pod_drain_command(Invocation& invocation, std::vector<std::string> arguments);
int pod_wait_command(Invocation& invocation, std::vector<std::string> arguments);
int pod_relay_command(Invocation& invocation, std::vector<std::string> arguments);
int version_command(Invocation& invocation, std::vector<std::string> arguments);
int completion_command(Invocation& invocation, std::vector<std::string> arguments);
int manual_command(Invocation& invocation, std::vector<std::string> arguments);
int explain_command(Invocation& invocation, std::vector<std::string> arguments);
int help_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_key_seal_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_key_recipient_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_key_unseal_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_keygen_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_seal_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_unlock_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_lock_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_unseal_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_namespace_status_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_doctor_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_sessions_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_explain_command(Invocation& invocation, std::vector<std::string> arguments);
int session_list_releases_command(Invocation& invocation, std::vector<std::string> arguments);
int session_delete_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_clean_up_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_status_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_key_rotate_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_migrate_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_backup_keygen_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_backup_create_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_backup_verify_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_backup_restore_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_serve_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_verify_audit_log_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_attest_audit_log_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_get_audit_log_checkpoints_command(Invocation& invocation,
                                          std::vector<std::string> arguments);
int cas_attest_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_list_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_set_default_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_show_identification_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_show_certificate_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_provision_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_update_config_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_rotate_keys_command(Invocation& invocation, std::vector<std::string> arguments);
int cas_version_command(Invocation& invocation, std::vector<std::string> arguments);
int provision_cas_command(Invocation& invocation, std::vector<std::string> arguments);
int session_check_command(Invocation& invocation, std::vector<std::string> arguments);
int session_calculate_hash_command(Invocation& invocation, std::vector<std::string> arguments);
int session_sign_command(Invocation& invocation, std::vector<std::string> arguments);
int session_encrypt_command(Invocation& invocation, std::vector<std::string> arguments);
int session_create_command(Invocation& invocation, std::vector<std::string> arguments);
int session_update_command(Invocation& invocation, std::vector<std::string> arguments);
int session_verify_command(Invocation& invocation, std::vector<std::string> arguments);
int session_read_command(Invocation& invocation, std::vector<std::string> arguments);
int session_list_command(Invocation& invocation, std::vector<std::string> arguments);
int session_list_leases_command(Invocation& invocation, std::vector<std::string> arguments);
int session_revoke_leases_command(Invocation& invocation, std::vector<std::string> arguments);
int self_show_command(Invocation& invocation, std::vector<std::string> arguments);
int self_show_certificate_command(Invocation& invocation, std::vector<std::string> arguments);
int self_show_key_hash_command(Invocation& invocation, std::vector<std::string> arguments);
int self_show_certificate_hash_command(Invocation& invocation, std::vector<std::string> arguments);
int self_show_session_signing_key_command(Invocation& invocation,
                                          std::vector<std::string> arguments);
int cert_show_key_hash_command(Invocation& invocation, std::vector<std::string> arguments);

}  // namespace sconectl::cli
