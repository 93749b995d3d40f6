#include "sconectl/cas/upload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/compare.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/migration.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;
using session::Session;

/// What the CAS has under a name now.
struct Active {
  std::string hash;
  std::optional<Session> session;  ///< nothing if we may not read it
};

std::optional<Active> active_version(Client& client, const std::string& name) {
  try {
    const SessionText read = client.read_session(name);
    return Active{read.hash, session::parse_stored("session read from the CAS", read.session)};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return std::nullopt;
    // Only "you may not read this" has another way; a swapped key or a wrong hash has not. The
    // latter have no causes, a reply of the CAS always has.
    const bool may_not_read =
        (error.kind() == ErrorKind::refused || error.kind() == ErrorKind::unauthenticated) &&
        !error.causes().empty();
    if (!may_not_read) throw;
  }
  return Active{client.session_hash(name).hash, std::nullopt};
}

Sealed sealed(Session session, const UploadForm& form) {
  if (form.form == session::Form::yaml) return plain(std::move(session));
  if (!form.signing_key)
    throw Error(ErrorKind::usage, "a signed or encrypted upload needs a session signing key");
  if (form.form == session::Form::signed_session)
    return signed_by(std::move(session), *form.signing_key);
  return encrypted_for(std::move(session), *form.signing_key, form.encryption_key);
}

// Whether the upload would change nothing: the session as it would be stored is stored.
bool same_as_active(Session ours, const Active& active, const UploadForm& form,
                    const std::optional<Identity>& identity) {
  if (!active.session) return false;
  if (form.form != session::Form::yaml)
    ours =
        session::with_signer_as_creator(std::move(ours), form.signing_key->public_key().spki_pem());
  else if (identity)
    ours = with_creator(std::move(ours), *identity);
  return session::same_meaning(std::move(ours), *active.session, {.predecessor = true});
}

std::string context(const std::string& name) {
  return fmt::format("while uploading session '{}'", name);
}

Uploaded send(Client& client, const Sealed& body, UploadResult result) {
  const auto& identity = client.peer().identity;
  const SessionAccepted accepted = client.create_session(body.body);
  check_accepted(accepted, body, identity);
  return {result, accepted.hash, accepted.warnings, {}};
}

// After a conflict: did an attempt of ours whose answer was lost get through (CL-012)?
std::optional<std::string> already_there(Client& client, const Sealed& body) {
  const auto& identity = client.peer().identity;
  const Session expected = identity ? with_creator(body.session, *identity) : body.session;
  try {
    const std::string active = client.session_hash(body.session.name).hash;
    if (active == session::hash(expected)) return active;
  } catch (const Error&) {
    // The conflict is the better news.
  }
  return std::nullopt;
}

}  // namespace

void require_extensions(Client& client, const Session& session) {
  if (!session::uses_tee_extension(session)) return;
  const Version version = client.version();
  if (std::find(version.extensions.begin(), version.extensions.end(), session::tee_extension) !=
      version.extensions.end())
    return;
  throw Error(
      ErrorKind::unsupported,
      fmt::format("session '{}' uses extension {} of the language, and the CAS (version {}) "
                  "does not say that it knows it: update the CAS",
                  session.name, session::tee_extension, version.version));
}

Session with_creator(Session session, const Identity& identity) {
  return session::with_certificate_as_creator(std::move(session), identity.certificate.pem());
}

void check_accepted(const SessionAccepted& accepted, const Sealed& sealed,
                    const std::optional<Identity>& identity) {
  std::string expected = sealed.hash;
  if (session::needs_creator(sealed.session)) {
    if (!identity) return;
    expected = session::hash(with_creator(sealed.session, *identity));
  }
  if (accepted.hash == expected) return;
  throw Error(ErrorKind::refused,
              fmt::format("the CAS stored session '{}' with hash {}, but what was sent has hash {} "
                          "(possible tampering); do not use this session before you know why",
                          sealed.session.name, accepted.hash, expected));
}

Uploaded upload(Client& client, const Session& session, const UploadForm& form) {
  try {
    const auto& identity = client.peer().identity;
    const std::optional<Active> active = active_version(client, session.name);
    if (active && same_as_active(session, *active, form, identity))
      return {UploadResult::unchanged, active->hash, {}, {}};
    if (form.predecessor && (!active || active->hash != *form.predecessor))
      throw Error(ErrorKind::conflict,
                  "somebody else updated the session at the same time; look at it with 'session "
                  "read' and try again");
    Session next = session;
    next.predecessor = active ? std::optional(active->hash) : std::nullopt;
    require_extensions(client, session);
    const Sealed body = sealed(std::move(next), form);
    const UploadResult result = active ? UploadResult::updated : UploadResult::created;
    try {
      Uploaded uploaded = send(client, body, result);
      if (active && active->session)
        uploaded.replaced_keys = session::replaced_keys(*active->session, session);
      return uploaded;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict) throw;
      if (auto hash = already_there(client, body)) return {result, *std::move(hash), {}, {}};
      throw error.within(
          "somebody else created or updated the session at the same time; look at it with 'session "
          "read' and try again");
    }
  } catch (const Error& error) {
    throw error.within(context(session.name));
  }
}

}  // namespace sconectl::cas
