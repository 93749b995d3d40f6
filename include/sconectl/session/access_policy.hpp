// May this caller do this? The pure decision, and the explanation made by the same code (SL-254 to
// SL-285).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/session/resolve.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

enum class Operation { read, update, create_sessions, list_sessions };
[[nodiscard]] constexpr auto words_of(Operation) {
  return text::words<Operation::list_sessions>("read", "update", "create_sessions",
                                               "list_sessions");
}

/// Who asks. A TLS identity is one key; a signed upload has signers instead, and its TLS identity
/// is not used (SL-271): leave it empty then.
struct Caller {
  /// key_digest() of the TLS client key. Nothing without a client certificate.
  std::optional<crypto::Digest> tls_key;
  /// SHA-256 of the client certificate's PEM with LF, hex: legacy entries only (SL-330).
  std::optional<std::string> certificate_hash;
  /// The keys whose signatures over the uploaded session were verified.
  std::vector<crypto::PublicKey> signers;

  [[nodiscard]] bool anonymous() const { return !tls_key && signers.empty(); }
};

struct Decision {
  bool granted = false;
  /// One line per entry that was looked at: "update[0]: key hash 3s1p…: not the caller's key".
  /// They name the policy: show them only to one who may read the session (SL-277).
  std::vector<std::string> reasons;
  /// What would have satisfied the policy: "a TLS client certificate with key hash 3s1p…, or ...".
  std::string needed;
  /// For the one who may know nothing: "no permission to update session 'a/b'".
  std::string refusal;
};

/// Decides by the policy and creator of the *active* version (SL-259, SL-273, SL-276).
/// `create_sessions` falls back to `update`, `list_sessions` to `read` or to whoever may create,
/// which is nobody without an identity (SL-256, SL-257). An entry whose placeholder `values` does
/// not know or refuses with an Error is skipped with that reason (SL-264). Inside `require-…` one
/// identity counts once, however often it is listed (SL-272), and a fragment's list is spliced.
/// Only what is no diag::Error passes through.
[[nodiscard]] Decision decide(const Session& active, Operation operation, const Caller& caller,
                              const Values& values);
/// For policies without placeholders; a placeholder then counts as unreadable.
[[nodiscard]] Decision decide(const Session& active, Operation operation, const Caller& caller);

/// The key of an entry's or creator's signer: SPKI PEM or Base58Check version 10 (SL-265). Throws
/// Error{invalid}; only Ed25519 and P-384 sign sessions.
[[nodiscard]] crypto::PublicKey signer_key(std::string_view pem_or_base58);

}  // namespace sconectl::session
