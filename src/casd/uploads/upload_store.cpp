// The second half of an upload: what depends on the sessions that are stored already.
#include "casd/provisioning/file_systems.hpp"
#include "casd/secrets/generated_values.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/sessions/root_session.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Beyond this, something is wrong: every try loses only to an upload that was stored.
constexpr int most_tries = 100;

/// What an upload meets: the version that it replaces or the namespace that it is created in.
struct Before {
  LoadedSessionPtr active;
  LoadedSessionPtr parent;
};

bool claims_root(const session::Session& session, const LoadedSession& active) {
  return session.name == "/" && active.stored.hash == default_root_hash();
}

/// RA-038: 404 and 409 come before permission.
Before look_up(const CasState& state, const session::Session& session) {
  Before before;
  before.active = state.sessions.active(session.name);
  if (!before.active) {
    if (session.predecessor)
      throw session_not_found(session.name)
          .within("a predecessor is given, but there is no session to update");
    const auto parent = session::parent(session.name).value_or("/");
    before.parent = state.sessions.active(parent);
    if (!before.parent)
      throw session_not_found(parent).within("the namespace of session '" + session.name +
                                             "' does not exist");
    return before;
  }
  const auto& hash = before.active->stored.hash;
  if (session.name == "/" && hash == sealed_root_hash())
    throw Error(ErrorKind::conflict,
                "the root session is sealed: nobody claimed it before the first other session was "
                "created");
  if (!session.predecessor && !claims_root(session, *before.active))
    throw Error(ErrorKind::conflict, std::string(cas::message::session_exists));
  if (session.predecessor && *session.predecessor != hash)
    throw Error(ErrorKind::conflict,
                "the predecessor is not the active version of session '" + session.name + "'",
                {"somebody else updated it, or the predecessor is wrong: read the session again"});
  return before;
}

SessionWritePermission granted(const Before& before, const Upload& upload,
                               const Authorization& authorization) {
  if (upload.caller.anonymous())
    throw Error(ErrorKind::unauthenticated,
                "uploading a session needs a TLS client certificate or signatures");
  if (!before.active) return authorization.create(*before.parent, upload.session.name);
  if (claims_root(upload.session, *before.active)) return Authorization::claim_root();
  return authorization.update(*before.active);
}

/// SL-054: only a creation is pinned to its parent's version.
void compare_namespace(const session::Session& session, const Before& before) {
  if (!session.namespace_hash || !before.parent) return;
  if (*session.namespace_hash != before.parent->stored.hash)
    throw Error(ErrorKind::conflict, "namespace_hash is not the hash of namespace session '" +
                                         before.parent->stored.name + "'");
}

StoredSession stored_form(const Upload& upload, const Before& before, crypto::Time now) {
  StoredSession stored;
  stored.name = upload.session.name;
  stored.hash = upload.hash;
  // A claimed root has a version before it even if the upload did not name it (SL-045).
  stored.predecessor = upload.session.predecessor;
  if (!stored.predecessor && before.active) stored.predecessor = before.active->stored.hash;
  stored.created = now.time_since_epoch().count();
  stored.salted =
      upload.session.salt.has_value() || (before.active && before.active->stored.salted);
  stored.text = session::text(upload.session);
  stored.upload = upload.signed_json;
  // Without its placeholders a policy grants no more than with them.
  const session::Caller by_key{upload.caller.tls_key, {}, {}};
  if (by_key.tls_key && session::decide(upload.session, session::Operation::read, by_key).granted)
    stored.sure_reader = crypto::view(*by_key.tls_key);
  return stored;
}

/// One decision and one attempt to store it; false if what it was based on has changed.
bool try_to_store(CasState& state, Upload& upload) {
  const auto before = look_up(state, upload.session);
  SecretReader secrets(state, true);
  const auto permission = granted(before, upload, Authorization(secrets, upload.caller));
  compare_namespace(upload.session, before);
  const LoadedSession loaded{stored_form(upload, before, state.now()), upload.session};
  auto warnings = secrets.check_imports(loaded);
  for (auto& warning : FileSystems(state.store, state.sessions, secrets).check_imports(loaded))
    warnings.push_back(std::move(warning));
  NewSession fresh;
  fresh.values = generated_values(state, loaded, before.active.get(), secrets);
  if (before.active) fresh.ended_states = ended_states(loaded.session, before.active->session);
  fresh.session = loaded.stored;
  fresh.based_on[upload.session.name] =
      before.active ? std::optional(before.active->stored.hash) : std::nullopt;
  if (before.parent) fresh.based_on[before.parent->stored.name] = before.parent->stored.hash;
  if (before.parent && before.parent->stored.hash == default_root_hash())
    fresh.sealed_root = sealed_root(state.now());
  if (!state.store.add(permission, fresh)) return false;
  upload.warnings.insert(upload.warnings.end(), warnings.begin(), warnings.end());
  state.log(Level::info, before.active ? "session updated" : "session created",
            {{"session", upload.session.name}});
  return true;
}

}  // namespace

void store_upload(CasState& state, Upload& upload) {
  for (int i = 0; i < most_tries; ++i)
    if (try_to_store(state, upload)) return;
  throw Error(ErrorKind::unavailable, "the session's namespace changes too often; try again");
}

}  // namespace sconectl::casd
