// Taking a session in: from the bytes of a request to a stored version (RA-036 ... RA-046).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casd/access/authorization.hpp"
#include "casd/cas_state.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// A session that is valid by itself; nothing about the stored ones was looked at yet.
struct Upload {
  session::Session session;
  std::string hash;
  std::string text;  ///< as it is stored (SL-337)
  /// For the policy: the TLS identity of a plain upload, or the signers of a signed one (RA-042).
  session::Caller caller;
  std::string signed_json;  ///< a signed upload as it came, else ""
  std::vector<std::string> warnings;
  // Whose work it is:
  std::string source = {};  ///< Peer::source
  std::shared_ptr<ImportBudget> imports = {};
};

/// `encrypted`: the body must be (RA-026).
enum class UploadForm { any, encrypted };

/// Opens, parses and checks a body, and fills in the creator (SL-279). `sender` is the one of
/// `peer`. Throws Error{unauthenticated} for a plain upload without identity, Error{invalid} for
/// everything that the session language forbids, Error{unsupported} for what this CAS has not built
/// in.
[[nodiscard]] Upload read_upload(const Identity& identity, const std::string& body, UploadForm form,
                                 const Peer& peer, const session::Caller& sender);

/// An upload, what it meets, and the permission to store it: only allow_upload() makes one. What it
/// is based on may change until it is stored.
class AllowedUpload {
 public:
  [[nodiscard]] const Upload& upload() const { return upload_; }
  /// The version that it replaces; a null pointer for a creation.
  [[nodiscard]] const LoadedSessionPtr& active() const { return active_; }
  /// The namespace that it is created in; a null pointer for an update.
  [[nodiscard]] const LoadedSessionPtr& parent() const { return parent_; }
  [[nodiscard]] const SessionWritePermission& permission() const { return permission_; }

 private:
  friend AllowedUpload allow_upload(const CasState& state, const Upload& upload);
  AllowedUpload(const Upload& upload, LoadedSessionPtr active, LoadedSessionPtr parent,
                SessionWritePermission permission)
      : upload_(upload),
        active_(std::move(active)),
        parent_(std::move(parent)),
        permission_(std::move(permission)) {}

  const Upload& upload_;
  LoadedSessionPtr active_;
  LoadedSessionPtr parent_;
  SessionWritePermission permission_;
};

/// Decides existence, then permission, then predecessor and pin of the namespace, in the order of
/// RA-038.
/// Throws the refusal.
[[nodiscard]] AllowedUpload allow_upload(const CasState& state, const Upload& upload);

/// Checks imports, makes values and stores the version. Gives the warnings for the uploader, or
/// nothing if another upload got in between and this one has to be decided again: of two updates of
/// one version exactly one is stored (RA-039).
[[nodiscard]] std::optional<std::vector<std::string>> store_upload(CasState& state,
                                                                   const AllowedUpload& allowed);

}  // namespace sconectl::casd
