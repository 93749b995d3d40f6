// The forms in which a session travels: plain, signed, encrypted, and as Kubernetes objects.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/cas/address.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/session/signed_session.hpp"

namespace sconectl::cas {

/// A session as it is sent: `body` is YAML, signed-session JSON or encrypted-session JSON.
struct Sealed {
  session::Form form = session::Form::yaml;
  std::string body;
  session::Session session;  ///< what is in `body`, the creator of a signed session included
  std::string hash;          ///< of `session`; not final while the creator is missing (CL-064)
};

[[nodiscard]] Sealed plain(session::Session session);
/// Adds `creator: {signer: ...}` if the session needs a creator, and one signature (CL-076). The
/// key is Ed25519 or P-384.
[[nodiscard]] Sealed signed_by(session::Session session, const crypto::PrivateKey& key);
/// Signed first, then encrypted to the CAS (CL-081). `encryption_key` is the CAS's session
/// encryption key, 64 hex digits. Throws Error{unavailable} if it is empty.
[[nodiscard]] Sealed encrypted_for(session::Session session, const crypto::PrivateKey& key,
                                   const std::string& encryption_key);

/// The name of a session's files: `_ : / .` become `-`, lower case, quotes around it cut off
/// (docs/target-directory.md). "myns/pythonservice" -> "myns-pythonservice".
[[nodiscard]] std::string file_name(std::string_view session_name);

/// Names of the files under session_files/ for one session (docs/target-directory.md).
struct FileNames {
  std::string yaml, signed_json, encrypted_json, signed_manifest, encrypted_manifest, predecessor;
};
[[nodiscard]] FileNames file_names(std::string_view session_name);

/// Custom resources for the operator, in the published layout. They may stand in a Helm chart: a
/// `{{` inside is written so that Helm leaves it alone. `hook_weight` orders their creation. Throw
/// Error{invalid} if `json` is not of the form.
[[nodiscard]] std::string signed_manifest(std::string_view session_name, const Address& cas,
                                          int hook_weight, const session::SignedSession& policy);
[[nodiscard]] std::string encrypted_manifest(std::string_view session_name, const Address& cas,
                                             int hook_weight,
                                             const session::EncryptedSession& policy);

}  // namespace sconectl::cas
