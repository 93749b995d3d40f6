#include <array>

#include "cli/command.hpp"

namespace sconectl::cli {

std::span<const Command> commands() {
  static const std::array table = {
      Command{"apply", "Build images and join services from manifests", apply_command},
      Command{"check", "Check manifests and sessions", check_command},
      Command{"doctor", "Say what is missing on this machine", doctor_command},
      Command{"rollout status", "Say which versions of an application are accepted",
              rollout_status_command},
      Command{"rollout finish", "Accept only the current version of an application",
              rollout_finish_command},
      Command{"run", "Start an attested program (the native runtime)", run_command},
      Command{"pod ready", "Tell whether the service of this container is ready",
              pod_ready_command},
      Command{"pod drain", "Wait before the container is stopped", pod_drain_command},
      Command{"pod wait", "Wait until a server accepts connections", pod_wait_command},
      Command{"session check", "Check a session and print it", session_check_command},
      Command{"session calculate-hash", "Print the hash of a session",
              session_calculate_hash_command},
      Command{"session sign", "Sign a session", session_sign_command},
      Command{"session encrypt", "Encrypt a session for a CAS", session_encrypt_command},
      Command{"session create", "Upload a session", session_create_command},
      Command{"session upload", "As session create", session_create_command, true},
      Command{"session update", "Update a session", session_update_command},
      Command{"session verify", "Compare a session with the CAS", session_verify_command},
      Command{"session read", "Print a session of the CAS", session_read_command},
      Command{"session list", "Print the sessions of a namespace", session_list_command},
      Command{"session list-leases", "Print the leases of a session's services",
              session_list_leases_command},
      Command{"session revoke-leases", "End leases of a session's services",
              session_revoke_leases_command},
      Command{"cas serve", "Run the CAS", cas_serve_command},
      Command{"cas attest", "Make sure that a CAS can be trusted", cas_attest_command},
      Command{"cas list", "Print the trusted CASes", cas_list_command},
      Command{"cas set-default", "Choose the CAS that commands use", cas_set_default_command},
      Command{"cas show-identification", "Print keys and certificates of a CAS",
              cas_show_identification_command},
      Command{"cas show-certificate", "Print the certificates of a CAS",
              cas_show_certificate_command},
      Command{"cas version", "Print the version of a CAS", cas_version_command},
      Command{"platform chart", "Write a Helm chart of the CAS or a LAS", platform_chart_command},
      Command{"platform image", "Build an image of the CAS", platform_image_command},
      Command{"provision cas", "Print the keys of a CAS of a cluster (kubectl provision cas)",
              provision_cas_command},
      Command{"controller", "Upload the policies of a cluster", controller_command},
      Command{"self show", "Print our identity", self_show_command},
      Command{"self show-certificate", "Print our certificate", self_show_certificate_command},
      Command{"self show-key-hash", "Print our key hash", self_show_key_hash_command},
      Command{"self show-certificate-hash", "Print our certificate's hash (deprecated)",
              self_show_certificate_hash_command},
      Command{"self show-session-signing-key", "Print our session signing key",
              self_show_session_signing_key_command},
      Command{"cert show-key-hash", "Print the key hash of a certificate",
              cert_show_key_hash_command},
      Command{"explain", "Say what a rule means", explain_command},
      Command{"completion", "Print a completion script", completion_command},
      Command{"version", "Print the version", version_command},
      Command{"help", "Help about a command", help_command, true},
      Command{"manual", "Write the manual pages", manual_command, true},
  };
  return table;
}

}  // namespace sconectl::cli
