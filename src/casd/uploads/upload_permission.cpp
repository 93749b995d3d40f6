// May an upload be stored? It depends on the sessions that are stored already.
#include "casd/sessions/root_session.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

bool claims_root(const session::Session& session, const LoadedSession& active) {
  return session.name == "/" && active.stored.hash == default_root_hash();
}

/// The namespace of a session that does not exist yet.
LoadedSessionPtr namespace_of(const SessionCache& sessions, const session::Session& session) {
  if (session.predecessor)
    throw session_not_found(session.name)
        .within("a predecessor is given, but there is no session to update");
  const auto name = session::parent(session.name).value_or("/");
  auto parent = sessions.active(name);
  if (!parent)
    throw session_not_found(name).within("the namespace of session '" + session.name +
                                         "' does not exist");
  return parent;
}

/// The session exists, which everybody may know (RA-024), and this is no update of it.
void refuse_second_creation(const session::Session& session, const LoadedSession& active) {
  if (session.name == "/" && active.stored.hash == sealed_root_hash())
    throw Error(ErrorKind::conflict,
                "the root session is sealed: nobody claimed it before the first other session was "
                "created");
  if (!session.predecessor && !claims_root(session, active))
    throw Error(ErrorKind::conflict, std::string(cas::message::session_exists));
}

/// Only for who may update: the answer tells whether a guessed hash is the right one (SL-055).
void compare_predecessor(const session::Session& session, const LoadedSession& active) {
  if (session.predecessor && *session.predecessor != active.stored.hash)
    throw Error(ErrorKind::conflict,
                "the predecessor is not the active version of session '" + session.name + "'",
                {"somebody else updated it, or the predecessor is wrong: read the session again"});
}

SessionWritePermission permission(const Upload& upload, const LoadedSession* active,
                                  const LoadedSession* parent, const Authorization& authorization) {
  if (upload.caller.anonymous())
    throw Error(ErrorKind::unauthenticated,
                "uploading a session needs a TLS client certificate or signatures");
  if (active == nullptr) return authorization.create(*parent, upload.session.name);
  if (claims_root(upload.session, *active)) return Authorization::claim_root(*active);
  return authorization.update(*active);
}

/// SL-054: only a creation is pinned to its parent's version. The answer tells whether a guessed
/// hash is the right one, so it is for who may have the hash (SL-055).
void compare_namespace(const session::Session& session, const LoadedSession* parent,
                       const Authorization& authorization) {
  if (!session.namespace_hash || parent == nullptr) return;
  try {
    (void)authorization.read_hash(*parent);
  } catch (const Error& error) {
    throw error.within("namespace_hash is compared only for who may have the hash of '" +
                       parent->stored.name + "'");
  }
  if (*session.namespace_hash != parent->stored.hash)
    throw Error(ErrorKind::conflict, "namespace_hash is not the hash of namespace session '" +
                                         parent->stored.name + "'");
}

}  // namespace

AllowedUpload allow_upload(const CasState& state, const Upload& upload) {
  auto active = state.sessions.active(upload.session.name);
  LoadedSessionPtr parent;
  if (active)
    refuse_second_creation(upload.session, *active);
  else
    parent = namespace_of(state.sessions, upload.session);
  SecretReader secrets(state.secret_sources, upload.imports);
  const Authorization authorization(secrets, upload.caller);
  auto allowed = permission(upload, active.get(), parent.get(), authorization);
  if (active) compare_predecessor(upload.session, *active);
  compare_namespace(upload.session, parent.get(), authorization);
  return {upload, std::move(active), std::move(parent), std::move(allowed)};
}

}  // namespace sconectl::casd
