// Bringing a session to a CAS so that it is there afterwards, whatever was there before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/client.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::cas {

enum class UploadResult { created, updated, unchanged };
[[nodiscard]] constexpr auto words_of(UploadResult) {
  return text::words<UploadResult::unchanged>("created", "updated", "unchanged");
}

struct Uploaded {
  UploadResult result = UploadResult::created;
  std::string hash;  ///< of the now active version
  std::vector<std::string> warnings;
  /// The private keys that the update replaced (session::replaced_keys), as far as the version
  /// before could be read.
  std::vector<std::string> replaced_keys = {};
};

/// In which form upload() sends; `signing_key` is needed for all but Form::yaml.
struct UploadForm {
  session::Form form = session::Form::yaml;
  std::optional<crypto::PrivateKey> signing_key = {};
  std::string encryption_key = {};  ///< of the CAS, for Form::encrypted_session
  /// The hash of the version that the caller has looked at: over another one nothing is sent
  /// (Error{conflict}).
  std::optional<std::string> predecessor = {};
};

/// An existing session is updated with its predecessor, an unchanged one is not sent again
/// (docs/mesh.md). The session's own `predecessor` is replaced by what the CAS has. Where the
/// active version may not be read, only its hash is asked for, and the session is sent as an
/// update.
///
/// The hash in the reply must be the one that we calculate, with the creator that the CAS fills in
/// (SL-279), else Error{refused} (CL-084). Somebody else who updates at the same time: one
/// Error{conflict} that says so.
[[nodiscard]] Uploaded upload(Client& client, const session::Session& session,
                              const UploadForm& form = {});

/// Throws Error{unsupported} if the session uses an extension of the language that the CAS does not
/// announce: it might not know what it has to demand (XA-021). Of other sessions nothing is asked.
void require_extensions(Client& client, const session::Session& session);

/// The session as the CAS will store it after an upload over TLS with this identity (SL-279,
/// SL-280).
[[nodiscard]] session::Session with_creator(session::Session session, const Identity& identity);

/// CL-084 for one upload: throws Error{refused} unless the reply has the hash that the session must
/// have after it was sent as `sealed` by `identity`. Nothing is known beforehand of a plain session
/// that needs a creator when there is no identity.
void check_accepted(const SessionAccepted& accepted, const Sealed& sealed,
                    const std::optional<Identity>& identity);

}  // namespace sconectl::cas
