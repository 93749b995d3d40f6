// The `session` verbs that contact nobody: calculate-hash, sign, encrypt.
#pragma once

#include <optional>
#include <string>

#include "sconectl/action/session_input.hpp"
#include "sconectl/cas/config.hpp"

namespace sconectl::action {

enum class SelfAsCreator { no, tls, signer };

/// `session calculate-hash`. A session that refers to its creator without naming it has no hash
/// yet: Error{invalid} that points to --with-self-as-creator (CL-064).
[[nodiscard]] std::string calculate_hash(System& system, cas::ConfigFile& config,
                                         const SessionInput& input, SelfAsCreator self_as_creator,
                                         const std::optional<std::string>& identity_file);

/// `session sign`: signed-session JSON with one more signature, ours (CL-076).
[[nodiscard]] std::string sign(System& system, cas::ConfigFile& config, const SessionInput& input);

/// The public key of a signer that signs elsewhere, from a PEM file.
[[nodiscard]] std::string signer_key(System& system, const std::string& file);

/// `session sign FILE generate-message-to-be-signed [SIGNER]`: the bytes to sign (CL-079).
[[nodiscard]] std::string message_to_be_signed(System& system, const SessionInput& input,
                                               const std::optional<std::string>& signer_file);

/// `session sign FILE add-signature SIGNER [SIGNATURE]`: `signature` is raw bytes (CL-080).
[[nodiscard]] std::string add_signature(System& system, const SessionInput& input,
                                        const std::string& signer_file,
                                        const std::string& signature);

/// `session encrypt`: an unsigned session is signed with our key first (CL-081).
[[nodiscard]] std::string encrypt(System& system, cas::ConfigFile& config,
                                  const SessionInput& input, const std::string& cas_key);

}  // namespace sconectl::action
