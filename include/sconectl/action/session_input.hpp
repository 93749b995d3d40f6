// A session file as the `session` verbs take it (CL-052 to CL-084).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/session/signed_session.hpp"

namespace sconectl::action {

struct SessionInput {
  std::string file;  ///< path, or "-" for stdin
  Substitutions substitutions;
  std::optional<std::string> name;  ///< -n/--name
  bool fail_on_warning = false;
  bool force = false;  ///< also to a CAS that does not announce the session's extension (XA-021)
};

/// What the file held. `session` is absent only for an encrypted one.
struct LoadedSession {
  std::optional<session::Session> session;
  std::optional<session::SignedSession> signed_session;
  std::optional<session::EncryptedSession> encrypted_session;
  std::string text;                        ///< the file, for signed and encrypted sessions
  std::vector<std::string> warnings = {};  ///< texts of the warnings that were told
};

/// Reads, substitutes and checks; the signatures of a signed session are verified (CL-078).
/// Warnings are told. Throws Error{invalid} with all mistakes, Error{usage} for `--name`
/// with a signed session (CL-050).
[[nodiscard]] LoadedSession load_session(System& system, const SessionInput& input);

/// The session of load_session(); Error{usage} for an encrypted one, which nobody but its CAS
/// reads.
[[nodiscard]] session::Session readable_session(const LoadedSession& loaded);

}  // namespace sconectl::action
