// Storing an upload that is allowed.
#include "casd/provisioning/file_systems.hpp"
#include "casd/provisioning/volume_imports.hpp"
#include "casd/secrets/generated_values.hpp"
#include "casd/sessions/root_session.hpp"
#include "casd/uploads/new_vault_values.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/session/migration.hpp"

namespace sconectl::casd {

namespace {

StoredSession stored_form(const AllowedUpload& allowed, crypto::Time now) {
  const auto& upload = allowed.upload();
  const auto& active = allowed.active();
  StoredSession stored;
  stored.name = upload.session.name;
  stored.hash = upload.hash;
  // A claimed root has a version before it even if the upload did not name it (SL-045).
  stored.predecessor = upload.session.predecessor;
  if (!stored.predecessor && active) stored.predecessor = active->stored.hash;
  stored.created = now.time_since_epoch().count();
  stored.salted = upload.session.salt.has_value() || (active && active->stored.salted);
  stored.text = upload.text;
  stored.upload = upload.signed_json;
  // Without its placeholders a policy grants no more than with them.
  const session::Caller by_key{upload.caller.tls_key, {}, {}};
  if (by_key.tls_key && session::decide(upload.session, session::Operation::read, by_key).granted)
    stored.sure_reader = crypto::view(*by_key.tls_key);
  return stored;
}

/// The key in whose name it is stored: of the client, or of the first signer.
std::string key_of(const session::Caller& caller) {
  if (caller.tls_key) return crypto::key_hash(*caller.tls_key);
  return caller.signers.empty() ? "" : crypto::key_hash(caller.signers.front());
}

AuditEvent stored_event(const AllowedUpload& allowed, const NewSession& fresh) {
  AuditEvent event(allowed.active() ? "session_updated" : "session_created");
  event.about(fresh.session)
      .with("identity", fresh.creator)
      .with("source", allowed.upload().source);
  if (fresh.sealed_root) event.with("sealed", "/");
  return event;
}

/// What the decision was based on, and has to be so still.
std::map<std::string, std::optional<std::string>> basis(const AllowedUpload& allowed) {
  std::map<std::string, std::optional<std::string>> result;
  result[allowed.upload().session.name] =
      allowed.active() ? std::optional(allowed.active()->stored.hash) : std::nullopt;
  if (allowed.parent()) result[allowed.parent()->stored.name] = allowed.parent()->stored.hash;
  return result;
}

}  // namespace

std::optional<std::vector<std::string>> store_upload(CasState& state,
                                                     const AllowedUpload& allowed) {
  const auto& session = allowed.upload().session;
  state.creations.count(allowed.upload().source, state.now());
  const LoadedSession loaded(shared(stored_form(allowed, state.now())), session);
  SecretReader secrets(state.secret_sources, allowed.upload().imports);
  auto warnings = secrets.check_imports(loaded);
  for (auto& warning : check_volume_imports(state.sessions, loaded))
    warnings.push_back(std::move(warning));
  NewSession fresh;
  SlowKeys keys(state.keys, allowed.upload().source);
  auto values = generated_values(loaded, allowed.active().get(), secrets, keys, warnings);
  NewVaultValues in_vault(state, secrets);
  fresh.values = session.secret_store ? in_vault.records(loaded, allowed.active().get(), values)
                                      : std::move(values);
  if (allowed.active()) {
    fresh.ended_states = ended_states(session, allowed.active()->session);
    for (auto& warning : session::replaced_keys(allowed.active()->session, session))
      warnings.push_back(std::move(warning));
  }
  if (session.secret_store && allowed.active() && !allowed.active()->session.secret_store)
    warnings.emplace_back(
        "the values move into the key vault; the database of the CAS keeps those of the versions "
        "before: make anew what the vault alone is to have");
  fresh.session = loaded.stored;
  fresh.based_on = basis(allowed);
  fresh.creator = key_of(allowed.upload().caller);
  fresh.most_of_creator = state.versions_per_creator;
  fresh.most_sessions = state.max_sessions;
  if (allowed.parent() && allowed.parent()->stored.hash == default_root_hash())
    fresh.sealed_root = sealed_root(state.now());
  fresh.notes = state.audit.notes(stored_event(allowed, fresh));
  if (!state.store.add(allowed.permission(), fresh)) return std::nullopt;
  (allowed.active() ? state.metrics.sessions_updated : state.metrics.sessions_created).add();
  in_vault.keep();
  log_event(*state.log, Severity::info, allowed.active() ? "session updated" : "session created",
            {{"session", session.name}});
  return warnings;
}

}  // namespace sconectl::casd
